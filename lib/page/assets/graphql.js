// The explorer of /graph_ql: sends what is typed, shows what comes back, and what can be asked.
"use strict";

(() => {
  const form = document.getElementById("gql-form");
  const query = document.getElementById("gql-query");
  const variables = document.getElementById("gql-variables");
  const operation = document.getElementById("gql-operation");
  const answer = document.getElementById("gql-answer");
  const state = document.getElementById("gql-state");
  const docs = document.getElementById("gql-docs");
  const mostShown = 500_000; // characters: a browser stands still over more
  let running = null;

  const element = (name, text, ...children) => {
    const made = document.createElement(name);
    if (text) made.textContent = text;
    made.append(...children);
    return made;
  };

  const say = (text, bad) => {
    state.textContent = text;
    state.classList.toggle("gql-bad", Boolean(bad));
  };

  const ask = (body, signal) =>
    fetch("/graph_ql?schema=all", {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify(body),
      signal,
    });

  const readable = (text) => {
    try {
      return JSON.stringify(JSON.parse(text), null, 2);
    } catch {
      return text;
    }
  };

  const show = (text) => {
    const shown = readable(text);
    answer.textContent = shown.length > mostShown ? shown.slice(0, mostShown) + "\n... the rest is not shown" : shown;
  };

  const remember = () => {
    const address = new URL(location.href);
    for (const field of [query, variables, operation]) {
      if (field.value.trim()) address.searchParams.set(field.name, field.value);
      else address.searchParams.delete(field.name);
    }
    if (address.href.length < 8000) history.replaceState(null, "", address);
  };

  const run = async () => {
    const body = { query: query.value };
    if (operation.value.trim()) body.operationName = operation.value.trim();
    if (variables.value.trim()) {
      try {
        body.variables = JSON.parse(variables.value);
      } catch (error) {
        say("The variables are no JSON: " + error.message, true);
        variables.focus();
        return;
      }
    }
    if (running) running.abort();
    const mine = (running = new AbortController());
    const begun = performance.now();
    say("Asking ...");
    answer.setAttribute("aria-busy", "true");
    remember();
    try {
      const response = await ask(body, mine.signal);
      const text = await response.text();
      if (running !== mine) return;
      show(text);
      const took = Math.round(performance.now() - begun) + " ms";
      if (response.status === 401) say("Nobody is logged in: log in at /login.", true);
      else say(response.status + ", " + took + ", " + text.length + " characters", !response.ok || /^\{"errors"/.test(text));
    } catch (error) {
      if (error.name !== "AbortError") say("No answer: " + error.message, true);
    } finally {
      if (running === mine) {
        running = null;
        answer.removeAttribute("aria-busy");
      }
    }
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    run();
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      run();
    }
  });

  // ---- What can be asked

  const typeFields = "kind name ofType { kind name ofType { kind name ofType { kind name } } }";
  const introspection = `{ __schema { queryType { name } mutationType { name } types {
    kind name description
    fields(includeDeprecated: true) { name description deprecationReason args { name description defaultValue type { ${typeFields} } } type { ${typeFields} } }
    inputFields { name description defaultValue type { ${typeFields} } }
    enumValues(includeDeprecated: true) { name description deprecationReason } } } }`;

  const named = (type) => (type.ofType ? named(type.ofType) : type);

  const typeLink = (type) => {
    if (type.kind === "NON_NULL") return [...typeLink(type.ofType), "!"];
    if (type.kind === "LIST") return ["[", ...typeLink(type.ofType), "]"];
    const link = element("a", type.name);
    link.href = "#type-" + type.name;
    return [link];
  };

  const inputs = (args) =>
    args.flatMap((arg, i) => [i ? ", " : "", arg.name + ": ", ...typeLink(arg.type), arg.defaultValue ? " = " + arg.defaultValue : ""]);

  const line = (field, ...parts) => {
    const item = element("li", "", ...parts);
    if (field.description) item.append(element("p", field.description));
    for (const arg of field.args || []) if (arg.description) item.append(element("p", arg.name + ": " + arg.description));
    if (field.deprecationReason) item.append(element("p", "Deprecated: " + field.deprecationReason));
    return item;
  };

  // A request for the field with the first few plain fields of what it answers.
  const example = (field, types, keyword) => {
    const plain = (type) => types.get(named(type).name).fields === null;
    const selection = (type, depth) => {
      const of = types.get(named(type).name);
      if (!of.fields) return "";
      const fields = of.fields.filter((one) => plain(one.type)).slice(0, 6).map((one) => one.name);
      if (depth > 0) for (const one of of.fields) if (!plain(one.type)) fields.push(one.name + selection(one.type, depth - 1));
      return " { " + (fields.join(" ") || "__typename") + " }";
    };
    const needed = field.args.filter((arg) => arg.type.kind === "NON_NULL").map((arg) => arg.name + ": {}");
    if (field.args.some((arg) => arg.name === "first")) needed.push("first: 10");
    return keyword + "{\n  " + field.name + (needed.length ? "(" + needed.join(", ") + ")" : "") + selection(field.type, 2) + "\n}\n";
  };

  const describe = (type, types, keyword) => {
    const block = element("details", "", element("summary", type.name));
    block.id = "type-" + type.name;
    block.open = keyword === "";
    if (type.description) block.append(element("p", type.description));
    const list = element("ul");
    for (const field of type.fields || []) {
      const item = line(field, field.name, ...(field.args.length ? ["(", ...inputs(field.args), ")"] : []), ": ", ...typeLink(field.type));
      if (keyword !== null) {
        const use = element("button", "Use");
        use.type = "button";
        use.className = "btn";
        use.setAttribute("aria-label", "Use " + field.name);
        use.addEventListener("click", () => {
          query.value = example(field, types, keyword);
          query.focus();
        });
        item.prepend(use);
      }
      list.append(item);
    }
    for (const field of type.inputFields || []) list.append(line(field, ...inputs([field])));
    for (const value of type.enumValues || []) list.append(line(value, value.name));
    block.append(list);
    return block;
  };

  docs.addEventListener("click", (event) => {
    const link = event.target.closest("a");
    const block = link && document.getElementById(link.hash.slice(1));
    if (!block) return;
    event.preventDefault();
    block.open = true;
    block.scrollIntoView({ block: "nearest" });
    block.querySelector("summary").focus();
  });

  const showDocs = async () => {
    try {
      const { data } = await (await ask({ query: introspection })).json();
      const { types: all, queryType, mutationType } = data.__schema;
      const types = new Map(all.map((type) => [type.name, type]));
      const roots = new Map([[queryType.name, ""], [mutationType.name, "mutation "]]);
      const known = all.filter((type) => !type.name.startsWith("__") && !roots.has(type.name));
      const order = [...[...roots.keys()].map((name) => types.get(name)), ...known.sort((a, b) => (a.name < b.name ? -1 : 1))];
      docs.replaceChildren(...order.map((type) => describe(type, types, roots.get(type.name) ?? null)));
    } catch (error) {
      docs.replaceChildren(element("p", "The schema could not be read: " + error.message));
    }
  };

  showDocs();
  if (new URLSearchParams(location.search).has("query")) run();
})();
