#pragma once

// The page of a list whose records come in no order: the first ones after the page before are kept
// while all are offered.

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "domain/base/uuid.h"
#include "projections/list_page.h"
#include "projections/list_plan.h"
#include "projections/record_types.h"
#include "projections/row_reader.h"

namespace daybook::projections {

// Used by one thread. REQUIRES: what it is made of outlives it.
class SortedPage {
 public:
  // The records of the page come to stand in rows->kept().
  SortedPage(const RowReader& reader, const Published::View& view, const RecordType& type,
             const ListPlan& plan, size_t page_size, PageRows* rows)
      : reader_(reader),
        view_(view),
        type_(type),
        plan_(plan),
        page_size_(page_size),
        rows_(*rows),
        found_(rows->kept()) {}

  // The sort key of the last record of the page before; empty for the first page.
  void StartAfter(const std::string& after) { after_ = after; }
  absl::Status Offer(absl::string_view row, const Uuid& id);
  // After the last offer: puts the page in order.
  absl::Status Finish();
  // Whether there are records after the page. REQUIRES: finished.
  bool more() const { return more_; }

 private:
  bool IsWanted(const std::string& sort_key) const;
  void MakeRoom();
  absl::Status SettleOffered();
  absl::Status SettleCandidates();
  absl::Status SetCandidatesAside(size_t from, size_t to);

  const RowReader& reader_;
  const Published::View& view_;
  const RecordType& type_;
  const ListPlan& plan_;
  const size_t page_size_;
  PageRows& rows_;
  std::vector<KeptRow>& found_;  // a heap, the last record on top, until it is finished
  std::string after_;
  // By sort key: what may fit, where only the filter asks for computed values.
  std::vector<std::pair<std::string, Uuid>> candidates_;
  bool more_ = false;
};

}  // namespace daybook::projections
