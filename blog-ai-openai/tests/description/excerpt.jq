# What OpenAI's description of its API says of the requests that are made here, without its prose:
#
#     jq --indent 1 --from-file excerpt.jq openapi.json > openai.json
#
# openapi.json is a file of https://github.com/openai/openai-openapi, whose licence is beside this one. The
# excerpt is of version 2.3.0, commit f85dbe223d40e1a31cba812ab2d755c7e98a92a3 of 2026-08-21.

def without_prose:
  if type == "object" then
    with_entries(
      select(.key | test("^(description|title|example|deprecated|x-.*)$") | not)
      # The names of properties are no keywords.
      | if .key == "properties" then .value |= map_values(without_prose) else .value |= without_prose end
    )
  elif type == "array" then map(without_prose)
  else . end;

.components.schemas as $all

# The names that these lead to, themselves among them.
| def closed:
    . as $names
    | ($names + [$all[$names[]] | .. | objects | .["$ref"]? | strings | ltrimstr("#/components/schemas/")] | unique)
    | if . == $names then . else closed end;

{
  openapi,
  info: (.info | {title, version, license}),
  components: {
    schemas: (
      ["CreateChatCompletionRequest", "CreateEmbeddingRequest", "CreateModerationRequest"] | closed
      | map({key: ., value: ($all[.] | without_prose)}) | from_entries
    )
  }
}
