#pragma once

// Tokens with which a question is asked again at the position of its first answer: sealed, so that
// clients can neither read nor make one.

#include <string>

#include "absl/status/statusor.h"
#include "services/rpc.h"

namespace daybook::services {

struct SealedCursor {
  eventstore::LogPosition position = 0;
  std::string question;  // whatever makes the question the same
  uint64_t offset = 0;   // how much of the answer was given
};

// `purpose` keeps tokens of one kind of question away from others.
std::string SealCursor(const Deps& deps, absl::string_view purpose, const SealedCursor& cursor);
// INVALID_PAGE_TOKEN for text that is no token of ours, or one of another purpose.
absl::StatusOr<SealedCursor> OpenCursor(const Deps& deps, absl::string_view purpose,
                                        absl::string_view token);

// What makes a question the same from page to page: who asks, and the whole request without
// page_token, page_size and header.min_position; hashed.
std::string PageQuestion(const Query& query, const google::protobuf::Message& request);
// The token of the next page of a request, and the cursor of the page that a request asks for by
// its page_token. INVALID_PAGE_TOKEN also for a token that was given to another question: another
// as_of, filter, order, mask, record or caller.
std::string SealPage(const Query& query, absl::string_view purpose,
                     const google::protobuf::Message& request, eventstore::LogPosition position,
                     uint64_t offset);
absl::StatusOr<SealedCursor> OpenPage(const Query& query, absl::string_view purpose,
                                      const google::protobuf::Message& request);

// The views at the cursor's position; the answer then stands there. NOT_CAUGHT_UP.
absl::StatusOr<std::unique_ptr<projections::Snapshot>> OpenAt(const Query& query,
                                                              const SealedCursor& cursor);

// A page of the records behind a number.
struct DrillPage {
  SealedCursor cursor;
  size_t size = 0;
};
// INVALID_FIELD: as_of beside a token, which says when; a page size that is none of 0 (50) to
// 1,000. Otherwise as OpenCursor.
absl::StatusOr<DrillPage> DrillPageOf(const Query& query, absl::string_view purpose,
                                      const rpc::v1::ReadHeader& header, absl::string_view token,
                                      int page_size);
template <class Request>
absl::StatusOr<DrillPage> DrillPageOf(const Query& query, absl::string_view purpose,
                                      const Request& request) {
  return DrillPageOf(query, purpose, request.header(), request.token(), request.page_size());
}
// INVALID_PAGE_TOKEN: the token is ours, but its question cannot be read.
absl::Status OtherVersion();
// INVALID_PAGE_TOKEN: lookups or rollups of the question follow other rules now.
absl::Status OtherRules();

}  // namespace daybook::services
