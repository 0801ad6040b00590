#include "services/engine/secret_token.h"

#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "domain/base/status_macros.h"

namespace daybook::services {
namespace {

bool IsHex(absl::string_view text) {
  for (const char c : text) {
    if (!absl::ascii_isxdigit(static_cast<unsigned char>(c))) return false;
  }
  return true;
}

}  // namespace

std::string FormatSecretToken(absl::string_view kind, const Uuid& id, absl::string_view secret) {
  return absl::StrCat(kind, "_", absl::BytesToHexString(id.bytes()), "_",
                      absl::BytesToHexString(secret));
}

SecretToken MakeSecretToken(absl::string_view kind, const Uuid& id, Random& random,
                            std::string* text) {
  const std::string secret = random.Bytes(kSecretBytes);
  SecretToken token;
  token.id = id;
  token.secret_hash = eventstore::Sha256(secret);
  token.prefix = SecretPrefixOf(token.secret_hash);
  *text = FormatSecretToken(kind, id, secret);
  return token;
}

std::optional<SecretToken> ParseSecretToken(absl::string_view kind, absl::string_view text) {
  const std::vector<absl::string_view> parts = absl::StrSplit(text, '_');
  if (parts.size() != 3 || parts[0] != kind || parts[1].size() != 2 * Uuid::kBytes ||
      parts[2].size() != 2 * kSecretBytes || !IsHex(parts[1]) || !IsHex(parts[2])) {
    return std::nullopt;
  }
  SecretToken token;
  token.id = Uuid::FromBytes(absl::HexStringToBytes(parts[1]));
  token.secret_hash = eventstore::Sha256(absl::HexStringToBytes(parts[2]));
  token.prefix = SecretPrefixOf(token.secret_hash);
  return token;
}

std::string SecretPrefixOf(const eventstore::Hash& hash) {
  return absl::BytesToHexString({reinterpret_cast<const char*>(hash.data()), 4});
}

Uuid SecretSlot(const Uuid& id, absl::string_view prefix) { return Uuid::MakeV5(id, prefix); }

absl::StatusOr<bool> IsIssuedSecret(const eventstore::KeyStore& keys, const SecretToken& token) {
  DAYBOOK_ASSIGN_OR_RETURN(const auto expected,
                           keys.FindSecretHash(SecretSlot(token.id, token.prefix)));
  if (!expected.has_value()) return false;
  uint8_t difference = 0;
  for (size_t i = 0; i < expected->size(); ++i) {
    difference |= static_cast<uint8_t>((*expected)[i] ^ token.secret_hash[i]);
  }
  return difference == 0;
}

}  // namespace daybook::services
