#include "domain/record/edit.h"

#include <gtest/gtest.h>

#include "daybook/party/v1/contact.pb.h"
#include "daybook/sales/v1/opportunity.pb.h"
#include "domain/base/error.h"
#include "domain/base/time.h"

namespace daybook::domain {
namespace {

namespace pb = ::daybook::sales::v1;
using google::protobuf::FieldMask;

FieldMask Mask(std::initializer_list<const char*> paths) {
  FieldMask mask;
  for (const char* path : paths) mask.add_paths(path);
  return mask;
}

struct Edit {
  FieldMask changed;
  pb::Opportunity before;
  pb::Opportunity after;
};

absl::StatusOr<bool> Diff(const pb::Opportunity& current, const pb::Opportunity& wanted,
                          const FieldMask& mask, Edit* edit) {
  return DiffFields(current, wanted, mask, &edit->changed, &edit->before, &edit->after);
}

TEST(DiffFieldsTest, OnlyNamedFieldsThatDifferAreTaken) {
  // given
  pb::Opportunity current;
  current.set_subject("Shop");
  current.set_note("old");
  current.set_competitor("Initech");
  pb::Opportunity wanted;
  wanted.set_subject("Shop");
  wanted.set_note("new");
  *wanted.mutable_expected_close_date() = ToProto(absl::CivilDay(2017, 3, 1));
  // when: competitor is not named, though it differs; note is named twice
  Edit edit;
  const auto differs =
      Diff(current, wanted, Mask({"subject", "note", "expected_close_date", "note"}), &edit);
  // then
  ASSERT_TRUE(differs.ok());
  EXPECT_TRUE(*differs);
  EXPECT_EQ(edit.changed.ShortDebugString(), R"(paths: "note" paths: "expected_close_date")");
  EXPECT_EQ(edit.before.ShortDebugString(), R"(note: "old")");
  EXPECT_EQ(edit.after.ShortDebugString(),
            R"(expected_close_date { year: 2017 month: 3 day: 1 } note: "new")");
}

TEST(DiffFieldsTest, NothingDiffersWhenTheRecordIsAsWanted) {
  pb::Opportunity current;
  current.set_note("same");
  Edit edit;
  const auto differs = Diff(current, current, Mask({"note", "product_id"}), &edit);
  ASSERT_TRUE(differs.ok());
  EXPECT_FALSE(*differs);
  EXPECT_TRUE(edit.changed.paths().empty());
}

TEST(DiffFieldsTest, NamedFieldsThatAreAbsentAreCleared) {
  pb::Opportunity current;
  current.set_note("old");
  *current.mutable_expected_close_date() = ToProto(absl::CivilDay(2017, 3, 1));
  Edit edit;
  ASSERT_TRUE(*Diff(current, pb::Opportunity(), Mask({"note", "expected_close_date"}), &edit));
  ApplyFields(edit.changed, edit.after, &current);
  EXPECT_EQ(current.ShortDebugString(), "");
}

TEST(DiffFieldsTest, ReasonsFollowTheOrderOfTheMask) {
  struct Row {
    FieldMask mask;
    Reason reason;
    const char* field;
  };
  const Row kRows[] = {
      {Mask({}), Reason::REASON_INVALID_FIELD, "update_mask"},
      {Mask({"*"}), Reason::REASON_INVALID_FIELD, "update_mask"},
      {Mask({"note", "*"}), Reason::REASON_INVALID_FIELD, "update_mask"},
      {Mask({"colour"}), Reason::REASON_INVALID_FIELD, "update_mask"},
      {Mask({"expected_close_date.year"}), Reason::REASON_INVALID_FIELD, "update_mask"},
      {Mask({"id"}), Reason::REASON_FIELD_NOT_WRITABLE, "id"},
      {Mask({"meta"}), Reason::REASON_FIELD_NOT_WRITABLE, "meta"},
      {Mask({"meta.revision"}), Reason::REASON_FIELD_NOT_WRITABLE, "meta.revision"},
      {Mask({"note", "owner_id"}), Reason::REASON_FIELD_NOT_WRITABLE, "owner_id"},
      {Mask({"state", "colour"}), Reason::REASON_FIELD_NOT_WRITABLE, "state"},
  };
  for (const Row& row : kRows) {
    Edit edit;
    const auto differs = Diff(pb::Opportunity(), pb::Opportunity(), row.mask, &edit);
    EXPECT_EQ(ReasonOf(differs.status()), row.reason) << row.mask.ShortDebugString();
    EXPECT_EQ(ErrorMetadataOf(differs.status(), "field"), row.field);
    EXPECT_TRUE(edit.changed.paths().empty());
  }
}

TEST(ApplyFieldsTest, NamedFieldsAreCopiedAndUnknownOnesPassedOver) {
  party::v1::Contact record;
  record.set_given_name("Ada");
  record.set_email("ada@example.org");
  party::v1::Contact after;
  after.set_given_name("Augusta");
  after.set_phone("+431");
  ApplyFields(Mask({"given_name", "removed_since", "email"}), after, &record);
  EXPECT_EQ(record.ShortDebugString(), R"(given_name: "Augusta")");
}

}  // namespace
}  // namespace daybook::domain
