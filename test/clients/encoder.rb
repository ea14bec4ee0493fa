# Shows how rest-client writes a payload: reads one JSON object per line, prints for each one the form as a JSON text.
require 'json'
require 'rest-client'

$stdout.sync = true
$stdin.each_line do |line|
  form = RestClient::Payload.generate(JSON.parse(line)).to_s
  puts JSON.generate(form)
end
