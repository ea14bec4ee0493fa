# Encodes payloads as rest-client does: reads one JSON object per line, prints the form of each one as a JSON text.
require 'json'
require 'rest-client'

$stdout.sync = true
$stdin.each_line do |line|
  form = RestClient::Payload.generate(JSON.parse(line)).to_s
  puts JSON.generate(form)
end
