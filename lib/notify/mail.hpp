#pragma once

#include <string>
#include <string_view>

#include "psherald/notifier.hpp"

namespace psherald::notify {

/// Whether this is a bare mail address, NAME@HOST, in ASCII and without quotes: what may stand in an SMTP command and
/// in a header as it is. Narrower than RFC 5321 on purpose.
bool is_address(std::string_view text) noexcept;

/// The whole mail, lines ending in CRLF, none longer than 998 characters and none but ASCII: a text and an HTML part,
/// quoted-printable, texts in headers as encoded words. Whatever the alert's texts hold, they can neither add a header
/// nor end a part. `from` is an address. Sources: RFC 5322, RFC 2045 to 2047, RFC 3834.
std::string compose_mail(const Alert& alert, const std::string& from);

}  // namespace psherald::notify
