#include "projections/page_token.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "domain/base/error.h"
#include "projections/key.h"
#include "projections/record_row.h"

namespace daybook::projections {

namespace {

// What all pages of one list have in common.
std::string QueryText(const ListQuery& query) {
  std::string text =
      absl::StrCat(query.type->aggregate(), "\n", domain::CanonicalText(query.filter), "\n");
  for (const domain::OrderKey& key : query.order) {
    absl::StrAppend(&text, key.field->path, key.descending ? " desc," : ",");
  }
  absl::StrAppend(&text, "\n", query.question);
  if (query.computed != nullptr) absl::StrAppend(&text, "\n", query.computed->Fingerprint());
  return text;
}

absl::string_view HashOf(const ListQuery& query, eventstore::Hash* hash) {
  *hash = eventstore::Sha256(QueryText(query));
  return {reinterpret_cast<const char*>(hash->data()), hash->size()};
}

absl::Status Refused(absl::string_view why) {
  return Reject(Reason::REASON_INVALID_PAGE_TOKEN,
                absl::StrCat("the page token ", why, "; start again with the first page"));
}

}  // namespace

std::string SealPageToken(const ListQuery& query, const PageToken& token,
                          eventstore::KeyStore& keys) {
  eventstore::Hash hash;
  Key plain;
  plain.U32(kRecordsVersion).U64(token.position).Text(HashOf(query, &hash)).Text(token.sort_key);
  return absl::WebSafeBase64Escape(keys.SealToken(plain.bytes()));
}

absl::StatusOr<PageToken> OpenPageToken(const ListQuery& query, const eventstore::KeyStore& keys) {
  std::string sealed;
  if (!absl::WebSafeBase64Unescape(query.page_token, &sealed)) return Refused("is damaged");
  const absl::StatusOr<std::string> plain = keys.OpenToken(sealed);
  if (!plain.ok()) return Refused("is damaged or not from this server");
  KeyReader reader(*plain);
  uint32_t version = 0;
  PageToken token;
  std::string of_query;
  if (!reader.U32(&version)) return Refused("is damaged");
  if (version != kRecordsVersion) return Refused("is from another version of the views");
  if (!reader.U64(&token.position) || !reader.Text(&of_query) || !reader.Text(&token.sort_key) ||
      !reader.done()) {
    return Refused("is damaged");
  }
  eventstore::Hash hash;
  if (absl::string_view(of_query) != HashOf(query, &hash))
    return Refused("belongs to another list");
  return token;
}

}  // namespace daybook::projections
