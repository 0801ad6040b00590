#pragma once

// The rows of a list's page, from the ones that were fetched to the records that are answered. A
// row is parsed only where the filter, the order, a personal value or a message asked for needs it.

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "eventstore/key_store.h"
#include "projections/list_plan.h"
#include "projections/personal_values.h"
#include "projections/record_row.h"
#include "projections/views.h"

namespace daybook::projections {

// Records whose computed values are asked for at once.
inline constexpr size_t kComputedBlock = 256;

// A row that is kept for the page.
struct KeptRow {
  std::string sort_key;  // the list's; empty where a walk meets the rows in order
  // As a message, where one is asked for and the row was parsed to be compared.
  std::unique_ptr<google::protobuf::Message> record;
  std::vector<StoredPart> parts;
  // Otherwise as its row, or, where bytes are asked for and none of them is sealed, as these.
  std::string bytes;
  bool is_row = false;
};

// Used by one thread. REQUIRES: what it is made of outlives it.
class PageRows {
 public:
  // `at`: where computed values are computed; null where the plan has none.
  PageRows(const ListQuery& query, const RecordType& type, const ListPlan& plan, const Snapshot* at,
           const eventstore::KeyStore& keys);

  // Parses a row and tells whether the record fits the filter; with computed fields, whether it
  // may.
  absl::StatusOr<bool> Fits(absl::string_view row);
  // What Fits has parsed. REQUIRES: not kept yet.
  const google::protobuf::Message& record() const { return *scratch_; }
  // `parsed`: it is the row that Fits has parsed last.
  absl::Status Keep(absl::string_view row, bool parsed);
  std::vector<KeptRow>& kept() { return kept_; }

  // Sets the row that Fits has parsed last aside until its values are computed.
  void SetAside(std::string sort_key);
  size_t aside() const { return aside_.size(); }
  // Computes the values of the rows set aside and returns those that fit, in the order they came.
  absl::StatusOr<std::vector<KeptRow>> Settle();

  // Puts the kept rows into the page, personal values opened, and uses them up.
  absl::Status Fill(ListPage* page);

 private:
  absl::Status OpenSealed(std::string* bytes);
  void MoveParsed(KeptRow* to);

  const ListQuery& query_;
  const RecordType& type_;
  const ListPlan& plan_;
  const Snapshot* const at_;
  PersonalOpener opener_;
  std::unique_ptr<google::protobuf::Message> scratch_;
  std::vector<StoredPart> parts_;
  std::vector<KeptRow> kept_;
  std::vector<KeptRow> aside_;
};

}  // namespace daybook::projections
