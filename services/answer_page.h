#pragma once

// Lists that are computed as a whole and answered page by page. Every page is computed anew at the
// position of the first, so that together they are one list; the token holds the whole question and
// is refused with another one.

#include <algorithm>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/time/civil_time.h"
#include "daybook/type/v1/date.pb.h"
#include "services/sealed_cursor.h"

namespace daybook::services {

class AnswerPage {
 public:
  // `request` has header, page_size and page_token; `purpose` names the list and never changes.
  // INVALID_FIELD: a page size that is none of 0 (50) to 1,000. INVALID_PAGE_TOKEN: a token that is
  // none of ours, or of another question. NOT_CAUGHT_UP. The answer then stands where the first
  // page did. REQUIRES: `query` outlives the page.
  static absl::StatusOr<AnswerPage> Open(const Query& query, absl::string_view purpose,
                                         const google::protobuf::Message& request);

  // The question at the position of the first page. Everything is to be read with it.
  Query at() const {
    return {snapshot_ == nullptr ? query_->snapshot : *snapshot_, query_->principal, query_->deps,
            query_->stands_at};
  }
  // The day of the question, or the day on which the first page was asked for, in the zone of the
  // organisation. INVALID_ARGUMENT for a day that does not exist.
  absl::StatusOr<absl::CivilDay> DayOf(bool has_day, const type::v1::Date& day) const;

  // The part of a list of `total` elements that the page shows, [first, end).
  std::pair<size_t, size_t> Part(size_t total) const {
    const size_t first = std::min<size_t>(cursor_.offset, total);
    return {first, std::min(total, first + size_)};
  }
  // Says where the list goes on; nothing on the last page.
  template <class Response>
  void Finish(size_t total, Response* response) const {
    const size_t end = Part(total).second;
    if (end < total) response->set_next_page_token(TokenFor(end, ""));
  }

  // For lists that are walked and not computed as a whole: the page goes on behind `resume`, which
  // the page before named; empty: the first.
  const std::string& resume() const { return resume_; }
  size_t size() const { return size_; }
  std::string TokenBehind(absl::string_view resume) const { return TokenFor(0, resume); }

 private:
  AnswerPage() = default;
  std::string TokenFor(size_t offset, absl::string_view resume) const;

  const Query* query_ = nullptr;
  std::string purpose_;
  std::string question_;  // PageQuestion
  absl::CivilDay today_;
  std::string resume_;
  size_t size_ = 0;
  SealedCursor cursor_;
  std::unique_ptr<projections::Snapshot> snapshot_;  // null: that of the query
};

}  // namespace daybook::services
