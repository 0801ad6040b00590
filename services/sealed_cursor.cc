#include "services/sealed_cursor.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "domain/base/check.h"
#include "domain/base/error.h"
#include "domain/base/status_macros.h"
#include "domain/base/strings.h"
#include "eventstore/hash.h"
#include "projections/key.h"
#include "services/engine/deterministic.h"

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

std::string PageQuestion(const Query& query, const google::protobuf::Message& request) {
  const std::unique_ptr<google::protobuf::Message> bare(request.New());
  bare->CopyFrom(request);
  const auto* reflection = bare->GetReflection();
  const auto* descriptor = bare->GetDescriptor();
  for (const char* name : {"page_token", "page_size"}) {
    const auto* field = descriptor->FindFieldByName(name);
    if (field != nullptr) reflection->ClearField(bare.get(), field);
  }
  const auto* header = descriptor->FindFieldByNumber(1);
  auto& read = static_cast<rpc::v1::ReadHeader&>(*reflection->MutableMessage(bare.get(), header));
  read.clear_min_position();
  const eventstore::Hash hash =
      eventstore::Sha256(absl::StrCat(query.principal.actor, "\n", ToAbsl(descriptor->full_name()),
                                      "\n", SerializeDeterministic(*bare)));
  return std::string(reinterpret_cast<const char*>(hash.data()), hash.size());
}

std::string SealPage(const Query& query, absl::string_view purpose,
                     const google::protobuf::Message& request, eventstore::LogPosition position,
                     uint64_t offset) {
  return SealCursor(query.deps, purpose, {position, PageQuestion(query, request), offset});
}

absl::StatusOr<SealedCursor> OpenPage(const Query& query, absl::string_view purpose,
                                      const google::protobuf::Message& request) {
  const auto* token = request.GetDescriptor()->FindFieldByName("page_token");
  DAYBOOK_CHECK(token != nullptr, "a paged request without a page token");
  DAYBOOK_ASSIGN_OR_RETURN(
      SealedCursor cursor,
      OpenCursor(query.deps, purpose, request.GetReflection()->GetString(request, token)));
  if (cursor.question != PageQuestion(query, request))
    return Refused("belongs to another question");
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
