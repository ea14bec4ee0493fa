# Calls a smart proxy the way Foreman's ProxyAPI::Resource does, with the same library and options.
#
# Standard input: one JSON document
#   {"base": "https://localhost:9090", "cert": PEM, "key": PEM, "ca": PEM,
#    "calls": [{"method": "put", "path": "container_gateway/repository_list", "payload": {...}},
#              {"method": "get", "path": "version"}]}
# cert, key and ca may be omitted for plain http. A string payload is sent unchanged.
#
# Standard output: one JSON line per call, {"status", "body"}, or {"error", "message", "status", "body"} where Foreman
# would raise: error is the exception's class, status and body are null without a reply.
require 'json'
require 'tempfile'
require 'rest-client'

TIMEOUT = 60

def tls_options(scenario)
  options = { verify_ssl: OpenSSL::SSL::VERIFY_PEER }
  if scenario['cert']
    options[:ssl_client_cert] = OpenSSL::X509::Certificate.new(scenario['cert'])
    options[:ssl_client_key] = OpenSSL::PKey.read(scenario['key'])
  end
  if scenario['ca']
    # Kept in a constant, because a temporary file is deleted with its object.
    CA_FILE.write(scenario['ca'])
    CA_FILE.flush
    options[:ssl_ca_file] = CA_FILE.path
  end
  options
end

# With the empty path, rest-client appends a slash to the URL of a PUT.
def answer(resource, call)
  return resource.get if call['method'] == 'get'

  resource[''].put(call['payload'])
end

# Foreman treats 2xx with an empty body as true and expects JSON otherwise.
def check(response)
  JSON.parse(response.body) unless response.body.empty?
  { status: response.code, body: response.body }
end

def perform(scenario, call, tls)
  headers = { accept: :json, x_request_id: 'f0a3a1f6-33c8-4f3b-9d07-9a7c0d0b7b5e', x_session_id: 'b1e7f2d2-0d53-4b0e-8f4e-1d5c5b1f0a11' }
  url = "#{scenario['base']}/#{call['path']}"
  response = answer(RestClient::Resource.new(url, { timeout: TIMEOUT, headers: headers }.merge(tls)), call)
  check(response)
rescue RestClient::Exception => e
  { error: e.class.name, message: e.message, status: e.http_code, body: e.http_body }
rescue JSON::ParserError => e
  { error: e.class.name, message: e.message, status: response.code, body: response.body }
rescue SystemCallError, SocketError, OpenSSL::SSL::SSLError => e
  { error: e.class.name, message: e.message, status: nil, body: nil }
end

CA_FILE = Tempfile.new(['ca', '.pem'])
$stdout.sync = true
scenario = JSON.parse($stdin.read)
tls = tls_options(scenario)
scenario['calls'].each { |call| puts JSON.generate(perform(scenario, call, tls)) }
