// Index rows of covering fields are copies of their records, whatever happens to those.

#include <gtest/gtest.h>

#include <map>
#include <string>

#include "domain/base/uuid.h"
#include "projections/fold.h"
#include "projections/record_row.h"
#include "projections/record_types.h"
#include "tests/projections/random_history.h"
#include "tests/support/log_builder.h"

namespace daybook::projections {
namespace {

using daybook::testing::LogBuilder;
using daybook::testing::RandomHistory;

// The rows of now, and how many versions of each ended with the value that they began with.
class MapStore final : public RowStore {
 public:
  absl::StatusOr<std::optional<StoredRow>> Read(size_t view, absl::string_view key) override {
    const auto found = rows_.find(std::string(key));
    if (found == rows_.end()) return std::optional<StoredRow>();
    return std::optional<StoredRow>(found->second);
  }
  void Write(size_t view, absl::string_view key, eventstore::LogPosition at,
             const RowVersion* before, const absl::string_view* after) override {
    const auto found = rows_.find(std::string(key));
    ASSERT_EQ(found != rows_.end(), before != nullptr);
    if (before != nullptr) {
      EXPECT_EQ(found->second.value, std::string(before->value));
      EXPECT_EQ(found->second.since, before->since);
      rows_.erase(found);
    }
    if (after != nullptr) rows_[std::string(key)] = {std::string(*after), at};
  }
  const std::map<std::string, StoredRow>& rows() const { return rows_; }

 private:
  std::map<std::string, StoredRow> rows_;
};

TEST(CoveringTest, E21IndexRowsOfCoveringFieldsAreTheirRecords) {
  LogBuilder log;
  RandomHistory history(log, 5);
  history.Steps(400);
  MapStore store;
  Fold fold(store, {}, {});
  const eventstore::LogPosition head = log.store().GetHead().position;
  for (eventstore::LogPosition at = 1; at <= head; ++at) {
    const auto event = log.store().ReadEvent(at);
    ASSERT_TRUE(event.ok()) << event.status();
    fold.Apply(*event);
    // Whatever is read back is told apart as what was kept in memory is.
    if (at % 10 == 0 && fold.position() == at) fold.Spill();
  }
  ASSERT_TRUE(fold.attached(0)) << fold.error(0);

  const RecordType& deals = *FindRecordType("opportunity");
  setup::v1::FieldCatalog catalog;
  catalog.add_fields()->set_name("hours");
  catalog.mutable_fields(0)->set_covering(true);
  const std::vector<std::string> covering = CoveringPrefixes(deals, &catalog);
  size_t copies = 0, empty = 0;
  for (const auto& [key, row] : store.rows()) {
    if (key[0] != 2) continue;
    if (!IsCovering(key, covering)) {
      EXPECT_EQ(row.value, "");
      ++empty;
      continue;
    }
    const Uuid id = Uuid::FromBytes(absl::string_view(key).substr(key.size() - Uuid::kBytes));
    const auto record = store.rows().find(RecordKey(deals.object->id(), id));
    ASSERT_NE(record, store.rows().end());
    EXPECT_EQ(row.value, record->second.value);
    EXPECT_EQ(row.since, record->second.since);
    ++copies;
  }
  EXPECT_GT(copies, 5u);
  EXPECT_GT(empty, 100u);
}

}  // namespace
}  // namespace daybook::projections
