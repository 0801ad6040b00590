#pragma once

// Certificates for tests of TLS, made on the spot: nothing in the repository can expire.

#include <memory>
#include <string>

namespace daybook::testing {

// An authority that signs certificates. Files are PEM, in `folder`, which must exist.
class CertificateAuthority {
 public:
  CertificateAuthority(std::string folder, const std::string& name);
  ~CertificateAuthority();

  // The authority's own certificate.
  const std::string& file() const { return file_; }
  // A certificate and its key, as <name>.pem and <name>.key. `alt_name` is where it is valid, such
  // as "IP:127.0.0.1" or "DNS:localhost".
  struct Files {
    std::string certificate;
    std::string key;
  };
  Files Issue(const std::string& name, const std::string& alt_name);

 private:
  struct Self;
  std::string folder_;
  std::string file_;
  std::unique_ptr<Self> self_;
};

}  // namespace daybook::testing
