#include "page/graphql_page.hpp"

#include "page/layout.hpp"

namespace psherald::page {
namespace {

constexpr std::string_view first_query =
    "{\n  logs(query: \"level>=warning\", first: 10) {\n    edges { node { id created levelname systemId message } }\n"
    "    pageInfo { hasNextPage endCursor }\n  }\n}\n";

}  // namespace

Html explorer_page(const HttpRequest& request) {
  const auto given = [&](std::string_view name) { return Value{request.parameter(name).value_or("")}; };
  Html html;
  begin_page(html, {"GraphQL - psherald"});
  html << R"(<link rel="stylesheet" href="/static/graphql.css"><div class="gql" id="contents">)"
       << R"(<form id="gql-form" action="/graph_ql" method="get"><input type="hidden" name="raw" value="1">)"
       << R"(<h1><label for="gql-query">GraphQL query</label></h1>)"
       << R"(<textarea id="gql-query" name="query" spellcheck="false" autocapitalize="off" autocomplete="off">)"
       << Value{request.parameter("query").value_or(first_query)} << "</textarea>"
       << R"(<label for="gql-variables">Variables, as JSON</label><textarea id="gql-variables" name="variables" )"
       << R"(spellcheck="false" autocapitalize="off" autocomplete="off">)" << given("variables") << "</textarea>"
       << R"(<label for="gql-operation">Operation, where there are several</label><input id="gql-operation" )"
       << R"(name="operationName" spellcheck="false" autocapitalize="off" autocomplete="off" value=")"
       << given("operationName") << R"("><div class="gql-run"><button class="btn main" title="Ctrl+Enter">Run</button>)"
       << R"(<span id="gql-state" role="status">Ctrl+Enter runs it.</span></div></form>)"
       << R"(<section aria-labelledby="gql-answered"><h2 id="gql-answered">Answer</h2>)"
       << R"(<pre id="gql-answer" tabindex="0" aria-labelledby="gql-answered"></pre></section>)"
       << R"(<section class="gql-docs" aria-labelledby="gql-schema"><h2 id="gql-schema">What can be asked</h2>)"
       << R"(<div id="gql-docs"><p>The schema is shown by a script.</p></div></section></div>)"
       << R"(<script src="/static/graphql.js" defer></script>)";
  end_page(html);
  return html;
}

}  // namespace psherald::page
