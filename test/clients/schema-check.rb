# Validates payloads with Debian's json-schema: reads {"schema": FILE, "payloads": {CALL: payload}}, prints the errors of each.
require 'json'
require 'json-schema'

question = JSON.parse($stdin.read)
schema = JSON.parse(File.read(question['schema']))
errors = question['payloads'].to_h do |call, payload|
  [call, JSON::Validator.fully_validate(schema, payload, fragment: "#/definitions/#{call}")]
end
puts JSON.generate(errors)
