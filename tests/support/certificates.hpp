#pragma once

#include <doctest/doctest.h>

#include <cstdlib>
#include <string>

#include "support/place.hpp"

namespace psherald::testing {

/// Certificates that are made when a test runs, by the openssl command; none lies in the tree.
class Certificates {
 public:
  Certificates() {
    make("server", "/CN=localhost", "");
    make("authority", "/CN=authority", "");
    make("client", "/O=Shop/CN=gateway", "authority");
    make("stranger", "/CN=stranger", "");
  }
  std::string certificate(const std::string& name) const { return place_.file(name + ".pem"); }
  std::string key(const std::string& name) const { return place_.file(name + ".key"); }

  /// `issuer` empty: signed by itself.
  void make(const std::string& name, const std::string& subject, const std::string& issuer) const {
    std::string command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj '" +
                          subject + "' -keyout " + key(name) + " -out " + certificate(name);
    if (!issuer.empty()) command += " -CA " + certificate(issuer) + " -CAkey " + key(issuer);
    REQUIRE(std::system((command + " 2>/dev/null").c_str()) == 0);
  }

 private:
  Place place_;
};

}  // namespace psherald::testing
