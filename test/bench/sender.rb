# Sends one sync with rest-client as Foreman's ProxyAPI::Resource does. The form is encoded already: only the transfer
# and the wait for the reply are timed.
#
# Arguments: URL, file of the form, client certificate, its key, CA. Prints {"seconds", "status"} as JSON.
require 'json'
require 'rest-client'

url, file, cert, key, ca = ARGV
options = { timeout: 600, verify_ssl: OpenSSL::SSL::VERIFY_PEER, ssl_ca_file: ca,
            ssl_client_cert: OpenSSL::X509::Certificate.new(File.read(cert)), ssl_client_key: OpenSSL::PKey.read(File.read(key)),
            headers: { accept: :json, content_type: 'application/x-www-form-urlencoded' } }
form = File.binread(file)
resource = RestClient::Resource.new(url, options)['']
began = Process.clock_gettime(Process::CLOCK_MONOTONIC)
begin
  status = resource.put(form).code
rescue RestClient::Exception => e
  status = "#{e.http_code} #{e.http_body}"
end
puts JSON.generate({ seconds: Process.clock_gettime(Process::CLOCK_MONOTONIC) - began, status: status })
