#include "page/graphql_schema.hpp"

namespace psherald::page {

const std::string_view herald_schema = R"graphql(
schema {
  query: Query
  mutation: Mutation
}

input AddGLogFields {
  id: Int
  created: String
  threadname: String
  apiVersion: String
  packageVersion: String
  name: String
  relativecreated: String
  process: String
  args: String
  module: String
  funcname: String
  levelno: String
  processname: String
  thread: String
  msecs: String
  message: String
  excText: String
  excInfo: String
  stackInfo: String
  pathname: String
  filename: String
  asctime: String
  levelname: String
  lineno: String
  produktId: String
  systemId: String
  subSystemId: String
  subSubSystemId: String
  userSpec1: String
  userSpec2: String
  summary: String
}

type AddLog {
  log: GLog
}

type GHeartBeat {
  id: ID!
  newestHeartbeat: String
  systemId: String
}

type GLog {
  id: ID!
  created: String
  threadname: String
  apiVersion: String
  packageVersion: String
  name: String
  relativecreated: Float
  process: Int
  args: String
  module: String
  funcname: String
  levelno: Int
  processname: String
  thread: Float
  msecs: Float
  message: String
  excText: String
  excInfo: String
  stackInfo: String
  pathname: String
  filename: String
  asctime: String
  levelname: String
  lineno: Int
  produktId: String
  systemId: String
  subSystemId: String
  subSubSystemId: String
  userSpec1: String
  userSpec2: String
  summary: String
}

type Mutation {
  addLog(input: AddGLogFields!): AddLog
}

type Query {
  hello(name: String = "stranger"): String
  goodbye: String
  getLogs(search: String, first: Int, skip: Int): [GLog]
  getBySystemId(systemId: String): [GLog]
  getSearchOptions: String
}
)graphql";

const std::string_view grown_schema = R"graphql(
extend type Query {
  """Records that match a filter, page by page. Mistakes in the filter say where they are."""
  logs(
    """In the filter language, such as `level>=error since:2h`. Empty: all records."""
    query: String = ""

    """How many records, at most 1,000."""
    first: Int = 50

    """The cursor of a page before: goes on behind it, with the same query."""
    after: String

    """Newest first unless said otherwise; a cursor keeps the order that it comes from."""
    order: LogOrder
  ): LogConnection
}

enum LogOrder {
  NEWEST_FIRST
  OLDEST_FIRST
}

"""A page of records."""
type LogConnection {
  edges: [LogEdge!]!
  pageInfo: PageInfo!

  """False: the search took too long and was cut off. Go on behind pageInfo.endCursor."""
  complete: Boolean!

  """When it was cut off: the last id that was looked at."""
  searchedTo: ID
}

"""A record, and the place behind it."""
type LogEdge {
  cursor: String!
  node: GLog!
}

type PageInfo {
  hasNextPage: Boolean!
  hasPreviousPage: Boolean!
  startCursor: String
  endCursor: String
}
)graphql";

}  // namespace psherald::page
