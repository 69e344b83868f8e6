// Asks the reference implementation of GraphQL, npm's `graphql`, what it makes of the documents in documents.json, and
// writes that to answers.json:
//
//     NODE_PATH=FOLDER/node_modules node record.js > answers.json        (recorded with graphql 16.8.2)
//
// Documents of "test" are over test.graphql, whose resolvers stand below and in tests/unit/graphql_oracle_test.cpp; those of "herald"
// over herald.graphql, what ps.herald 1.4.2 has, and the rows of ../ps_herald/herald.sqlite.
"use strict";
const fs = require("fs");
const path = require("path");
const { spawnSync } = require("child_process");
const graphql = require("graphql");

const file = (name) => fs.readFileSync(path.join(__dirname, name), "utf8");

function thing(id) {
  return {
    id,
    name: ({ upper }) => (upper ? "THING " : "thing ") + id,
    size: id + 0.5,
    big: 2 ** 40,
    fails: () => { throw new Error("It fails."); },
    failsHard: () => { throw new Error("It fails."); },
    nothing: null,
    next: () => (id < 9 ? thing(id + 1) : null),
    nextHard: () => (id < 3 ? thing(id + 1) : null),
    tags: ["a" + id, "b\"\\\n" + id],
    color: "BLUE",
  };
}

const testRoot = {
  echo: (args) => JSON.stringify(args),
  greet: ({ name, loud }) => "Hello " + name + (loud ? "!" : "."),
  need: ({ id }) => thing(Number(id)),
  thing: ({ id }) => thing(Number(id)),
  things: ({ count }) => Array.from({ length: count }, (_, i) => thing(i + 1)),
  holes: [thing(1), null, thing(2)],
  broken: [thing(1), null],
  brokenHard: [thing(1), null],
  color: "RED",
  old: "old",
  older: null,
  set: ({ value }) => value,
};

const SNAKE = (name) => name.replace(/[A-Z0-9]/g, (c) => "_" + c.toLowerCase());
const READ = `
import json, sqlite3, sys
connection = sqlite3.connect(sys.argv[1]); connection.row_factory = sqlite3.Row
print(json.dumps([dict(row) for row in connection.execute("SELECT * FROM log ORDER BY id")]))`;

function heraldRoot() {
  const database = path.join(__dirname, "../ps_herald/herald.sqlite");
  const rows = JSON.parse(spawnSync("python3", ["-c", READ, database], { maxBuffer: 1 << 28 }).stdout.toString());
  const like = (text, part) => String(text).toLowerCase().includes(part.toLowerCase());
  return {
    hello: ({ name }) => `Hello ${name}!`,
    goodbye: "See ya!",
    getLogs: ({ search, first, skip }) => {
      const found = rows.filter((row) => !search || like(row.message, search)).slice(skip || 0);
      return first ? found.slice(0, first) : found;
    },
    getBySystemId: ({ systemId }) => rows.filter((row) => systemId != null && like(row.system_id, systemId)),
  };
}

function fieldOf(source, args, context, info) {
  const name = info.fieldName in source ? info.fieldName : SNAKE(info.fieldName);
  const value = source[name];
  return typeof value === "function" ? value(args) : value;
}

function ask(schema, rootValue, { query, variables, operationName }) {
  let document;
  try {
    document = graphql.parse(query);
  } catch (error) {
    return { status: 400, errors: [error] };
  }
  const errors = graphql.validate(schema, document);
  if (errors.length > 0) return { status: 400, errors };
  const answer = graphql.executeSync({ schema, document, rootValue, variableValues: variables, operationName, fieldResolver: fieldOf });
  return "data" in answer && !(answer.data === null && !(answer.errors || [{}])[0].path)
    ? { status: 200, ...answer } : { status: 400, errors: answer.errors };
}

const sources = {
  test: [graphql.buildSchema(file("test.graphql")), testRoot],
  herald: [graphql.buildSchema(file("herald.graphql")), heraldRoot()],
};
const byMessage = (a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0);
const plain = (errors) => (errors || []).map((error) => JSON.parse(JSON.stringify(error))).map((error) => ({ text: JSON.stringify(error), error }))
  .sort(byMessage).map(({ error }) => error);
const lines = Object.entries(JSON.parse(file("documents.json"))).flatMap(([name, documents]) => documents.map((document) => {
  const request = typeof document === "string" ? { query: document } : document;
  const { status, errors, data } = ask(...sources[name], request);
  const variables = request.variables && JSON.stringify(request.variables);
  return JSON.stringify({ schema: name, ...request, variables, status, errors: plain(errors), data });
}));
process.stdout.write("[\n" + lines.join(",\n") + "\n]\n");
