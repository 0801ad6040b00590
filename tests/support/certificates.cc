#include "tests/support/certificates.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <cstdlib>

namespace daybook::testing {
namespace {

constexpr long kDaySeconds = 24 * 60 * 60;

struct Free {
  void operator()(X509* certificate) const { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  void operator()(FILE* file) const { std::fclose(file); }
};
using Certificate = std::unique_ptr<X509, Free>;
using Key = std::unique_ptr<EVP_PKEY, Free>;
using File = std::unique_ptr<FILE, Free>;

void Check(bool ok) {
  if (!ok) std::abort();
}

void AddExtension(X509* certificate, X509* issuer, int kind, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  Check(extension != nullptr && X509_add_ext(certificate, extension, -1) == 1);
  X509_EXTENSION_free(extension);
}

Certificate NewCertificate(const std::string& name, EVP_PKEY* key, long serial) {
  Certificate certificate(X509_new());
  Check(X509_set_version(certificate.get(), 2) == 1);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -kDaySeconds);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), kDaySeconds);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  Check(X509_set_pubkey(certificate.get(), key) == 1);
  return certificate;
}

void WriteCertificate(const std::string& path, X509* certificate) {
  const File file(std::fopen(path.c_str(), "w"));
  Check(file != nullptr && PEM_write_X509(file.get(), certificate) == 1);
}

}  // namespace

struct CertificateAuthority::Self {
  Key key{EVP_EC_gen("P-256")};
  Certificate certificate;
  long serial = 1;
};

CertificateAuthority::CertificateAuthority(std::string folder, const std::string& name)
    : folder_(std::move(folder)),
      file_(folder_ + "/" + name + ".pem"),
      self_(std::make_unique<Self>()) {
  self_->certificate = NewCertificate(name, self_->key.get(), self_->serial++);
  X509* own = self_->certificate.get();
  Check(X509_set_issuer_name(own, X509_get_subject_name(own)) == 1);
  AddExtension(own, own, NID_basic_constraints, "critical,CA:TRUE");
  AddExtension(own, own, NID_key_usage, "critical,keyCertSign");
  Check(X509_sign(own, self_->key.get(), EVP_sha256()) > 0);
  WriteCertificate(file_, own);
}

CertificateAuthority::~CertificateAuthority() = default;

CertificateAuthority::Files CertificateAuthority::Issue(const std::string& name,
                                                        const std::string& alt_name) {
  const Key key(EVP_EC_gen("P-256"));
  const Certificate certificate = NewCertificate(name, key.get(), self_->serial++);
  X509* issuer = self_->certificate.get();
  Check(X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuer)) == 1);
  AddExtension(certificate.get(), issuer, NID_subject_alt_name, alt_name);
  Check(X509_sign(certificate.get(), self_->key.get(), EVP_sha256()) > 0);
  const Files files{folder_ + "/" + name + ".pem", folder_ + "/" + name + ".key"};
  WriteCertificate(files.certificate, certificate.get());
  const File file(std::fopen(files.key.c_str(), "w"));
  Check(file != nullptr &&
        PEM_write_PrivateKey(file.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1);
  return files;
}

}  // namespace daybook::testing
