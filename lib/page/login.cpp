#include "page/login.hpp"

#include <string>
#include <utility>

#include "net/session_cookie.hpp"
#include "net/visitor.hpp"

namespace psherald::page {
namespace {

constexpr std::string_view spaces = " \t\r\n";

// Only a path of this page: "//host" and "/\host" are addresses of somebody else to a browser.
std::string_view own_path(std::string_view to) {
  const bool own = to.starts_with('/') && !to.starts_with("//") && to.find_first_of("\\\r\n") == to.npos;
  return own ? to : "/";
}

std::string_view trimmed(std::string_view text) {
  const auto begin = text.find_first_not_of(spaces);
  if (begin == text.npos) return {};
  return text.substr(begin, text.find_last_not_of(spaces) - begin + 1);
}

HttpResponse go_to(std::string_view path, std::string cookie) {
  return {303, "text/plain; charset=utf-8", {{"Location", std::string{path}}, {"Set-Cookie", std::move(cookie)}}, {}};
}

HttpResponse page_response(int status, Html html) {
  HttpResponse response;
  response.status = status;
  response.body = std::move(html).take();
  return response;
}

}  // namespace

Html login_page(std::string_view to, std::string_view problem, Frame frame) {
  Html html;
  frame.title = "Log in - psherald";
  begin_page(html, frame);
  html << R"(<div class="hello" id="contents"><h1>Log in</h1><p>Show the token that you were given. )"
       << R"(One is made by <code>psherald token create NAME --role viewer</code> where this program runs.</p>)"
       << R"(<form class="acts login" action="/login" method="post"><input type="hidden" name="to" value=")"
       << Value{own_path(to)} << R"("><label for="token">Token</label>)"
       << R"(<input id="token" name="token" type="password" autocomplete="current-password" required autofocus)";
  if (!problem.empty()) html << R"( aria-invalid="true" aria-describedby="problem")";
  html << R"(><button class="btn">Log in</button></form>)";
  if (!problem.empty()) html << R"(<p class="problem" role="alert" id="problem">)" << problem << "</p>";
  html << "</div>";
  end_page(html);
  return html;
}

std::string login_address(const HttpRequest& request) {
  std::string target = request.path;
  for (const auto& [name, value] : request.parameters)
    ((((target += target == request.path ? '?' : '&') += url_encode(name)) += '=') += url_encode(value));
  return "/login?to=" + url_encode(target);
}

HttpResponse log_in(const HttpRequest& request, const Access& access) {
  if (net::from_elsewhere(request))
    return page_response(403, message_page("403 - psherald", "Nobody was logged in",
                                           "Only the form at /login of this page may do that."));
  const auto token = trimmed(request.parameter("token").value_or(""));
  const auto to = own_path(request.parameter("to").value_or("/"));
  HttpRequest shown = request;
  std::erase_if(shown.headers, [](const auto& header) { return header.first == "Authorization"; });
  shown.headers.insert(shown.headers.begin(), {"Authorization", "Bearer " + std::string{token}});
  const auto identity = access.identify(shown);
  if (!identity) {
    const bool slowed = access.refuse(shown, Role::viewer).status == 429;
    return page_response(slowed ? 429 : 401,
                         login_page(to,
                                    slowed ? "Too many wrong tokens came from your address. Wait for some seconds."
                                           : "This token is not known here. It may have been revoked.",
                                    {}));
  }
  return go_to(to, net::set_cookie(request, token));
}

HttpResponse log_out(const HttpRequest& request) {
  if (net::from_elsewhere(request))
    return page_response(
        403, message_page("403 - psherald", "Nobody was logged out", "Only the form of this page itself may do that."));
  return go_to("/login", net::set_cookie(request, ""));
}

}  // namespace psherald::page
