#include "services/sealed_cursor.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "projections/key.h"

namespace daybook::services {
namespace {

absl::Status Refused(absl::string_view why) {
  return Reject(rpc::v1::REASON_INVALID_PAGE_TOKEN,
                absl::StrCat("the token ", why, "; ask the question again"));
}

}  // namespace

std::string SealCursor(const Deps& deps, absl::string_view purpose, const SealedCursor& cursor) {
  projections::Key plain;
  plain.Text(purpose).U64(cursor.position).Text(cursor.question).U64(cursor.offset);
  return absl::WebSafeBase64Escape(deps.keys.SealToken(plain.bytes()));
}

absl::StatusOr<SealedCursor> OpenCursor(const Deps& deps, absl::string_view purpose,
                                        absl::string_view token) {
  std::string sealed;
  if (!absl::WebSafeBase64Unescape(token, &sealed)) return Refused("is damaged");
  const absl::StatusOr<std::string> plain = deps.keys.OpenToken(sealed);
  if (!plain.ok()) return Refused("is damaged or not from this server");
  projections::KeyReader reader(*plain);
  std::string of;
  SealedCursor cursor;
  if (!reader.Text(&of) || absl::string_view(of) != purpose) return Refused("is of another kind");
  if (!reader.U64(&cursor.position) || !reader.Text(&cursor.question) ||
      !reader.U64(&cursor.offset) || !reader.done()) {
    return Refused("is damaged");
  }
  return cursor;
}

absl::StatusOr<std::unique_ptr<projections::Snapshot>> OpenAt(const Query& query,
                                                              const SealedCursor& cursor) {
  DAYBOOK_ASSIGN_OR_RETURN(auto snapshot, query.deps.views.AsOf(cursor.position));
  query.stands_at = {snapshot->position(), snapshot->recorded_at()};
  return snapshot;
}

absl::StatusOr<DrillPage> DrillPageOf(const Query& query, absl::string_view purpose,
                                      const rpc::v1::ReadHeader& header, absl::string_view token,
                                      int page_size) {
  if (header.as_of_case() != rpc::v1::ReadHeader::AS_OF_NOT_SET) {
    return InvalidField("header.as_of", "the token says when; leave it out");
  }
  if (page_size < 0 || page_size > projections::kPageSizeMax) {
    return InvalidField("page_size", absl::StrCat("must be from 1 to ", projections::kPageSizeMax));
  }
  DrillPage page;
  page.size = static_cast<size_t>(page_size == 0 ? projections::kPageSizeDefault : page_size);
  DAYBOOK_ASSIGN_OR_RETURN(page.cursor, OpenCursor(query.deps, purpose, token));
  return page;
}

absl::Status OtherVersion() {
  return Reject(rpc::v1::REASON_INVALID_PAGE_TOKEN,
                "the token is of another version of the server; ask the question again");
}

absl::Status OtherRules() {
  return Reject(rpc::v1::REASON_INVALID_PAGE_TOKEN,
                "the question names lookups or rollups that follow other rules now; ask it again");
}

}  // namespace daybook::services
