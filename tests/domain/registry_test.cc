#include "domain/registry.h"

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "daybook/options/v1/field_options.pb.h"
#include "daybook/rpc/v1/headers.pb.h"
#include "daybook/type/v1/record_meta.pb.h"
#include "domain/base/strings.h"
#include "domain/fields/custom.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace daybook::domain {
namespace {

using google::protobuf::Descriptor;

TEST(RegistryTest, OrderOfAggregatesNeverChanges) {
  std::vector<std::string> names;
  for (const auto& type : AllAggregates()) names.push_back(type.name);
  EXPECT_THAT(names, ::testing::ElementsAre(
                         "organisation", "user", "unit", "api_key", "account", "contact", "product",
                         "product_category", "sales_process", "close_reason", "import_run",
                         "schema_set", "opportunity", "activity", "calendar_feed", "lead",
                         "assignment_rule", "scoring_policy", "class_scheme", "brand",
                         "org_position", "relation", "buying_center", "card_order", "loss_review",
                         "crm_project", "project_customer", "project_request", "field_catalog"));
}

TEST(RegistryTest, SystemAggregatesAreThoseOfSetUp) {
  std::set<std::string> system;
  for (const auto& type : AllAggregates()) {
    if (type.system) system.insert(type.name);
  }
  EXPECT_THAT(system,
              ::testing::ElementsAre("api_key", "assignment_rule", "calendar_feed", "class_scheme",
                                     "close_reason", "field_catalog", "import_run", "organisation",
                                     "sales_process", "schema_set", "scoring_policy"));
}

TEST(RegistryTest, EveryRecordHasIdMetaAndItsName) {
  for (const auto& type : AllAggregates()) {
    SCOPED_TRACE(type.name);
    const Descriptor* record = type.record->GetDescriptor();
    ASSERT_NE(record->FindFieldByNumber(1), nullptr);
    EXPECT_EQ(record->FindFieldByNumber(1)->name(), "id");
    ASSERT_NE(record->FindFieldByNumber(2), nullptr);
    EXPECT_EQ(record->FindFieldByNumber(2)->message_type(), type::v1::RecordMeta::descriptor());
    EXPECT_EQ(record->options().GetExtension(options::v1::resource).aggregate(), type.name);
    EXPECT_EQ(type.event->GetDescriptor()->oneof_decl_count(), 1);
  }
}

// Every rpc whose request begins with a CommandHeader is a command of exactly one aggregate.
TEST(RegistryTest, EveryCommandOfEveryServiceIsRegisteredOnce) {
  std::set<std::string> registered;
  std::set<const google::protobuf::FileDescriptor*> files;
  for (const auto& type : AllAggregates()) {
    for (const auto& command : type.commands) {
      const Descriptor* request = command.request->GetDescriptor();
      EXPECT_TRUE(registered.insert(request->full_name()).second) << request->full_name();
      files.insert(request->file());
      const CommandRef found = FindCommand(ToAbsl(request->full_name()));
      EXPECT_EQ(found.aggregate, &type);
      EXPECT_EQ(found.command, &command);
    }
  }
  std::set<std::string> declared;
  for (const auto* file : files) {
    for (int i = 0; i < file->message_type_count(); ++i) {
      const Descriptor* message = file->message_type(i);
      const auto* header = message->FindFieldByName("header");
      if (header != nullptr && header->message_type() == rpc::v1::CommandHeader::descriptor()) {
        declared.insert(message->full_name());
      }
    }
  }
  EXPECT_EQ(registered, declared);
  EXPECT_EQ(registered.size(), 168u);
}

// ADR 55 says why the others take none.
TEST(RegistryTest, E21RecordsTakeCustomFieldsAndHaveAnUpdateForThem) {
  std::set<std::string> without;
  for (const auto& type : AllAggregates()) {
    SCOPED_TRACE(type.name);
    if (type.record->GetDescriptor()->FindFieldByName("custom") == nullptr) {
      without.insert(type.name);
      continue;
    }
    EXPECT_TRUE(std::any_of(type.commands.begin(), type.commands.end(), [](const auto& command) {
      return command.request->GetDescriptor()->FindFieldByName("update_mask") != nullptr;
    }));
  }
  EXPECT_THAT(without,
              ::testing::ElementsAre("api_key", "assignment_rule", "calendar_feed", "card_order",
                                     "class_scheme", "field_catalog", "import_run", "sales_process",
                                     "schema_set", "scoring_policy"));
  std::vector<std::string> parts;
  for (const CustomPart& part : CustomParts()) parts.push_back(part.name);
  EXPECT_THAT(parts, ::testing::ElementsAre("opportunity_line"));
}

bool IsNumber(const google::protobuf::FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case google::protobuf::FieldDescriptor::CPPTYPE_INT32:
    case google::protobuf::FieldDescriptor::CPPTYPE_INT64:
    case google::protobuf::FieldDescriptor::CPPTYPE_UINT32:
    case google::protobuf::FieldDescriptor::CPPTYPE_UINT64:
    case google::protobuf::FieldDescriptor::CPPTYPE_DOUBLE:
    case google::protobuf::FieldDescriptor::CPPTYPE_FLOAT:
      return true;
    default:
      return false;
  }
}

// Numbers without presence in a message and its parts, where unknown would be zero.
void CollectWithoutPresence(const Descriptor* message, std::set<const Descriptor*>* seen,
                            std::set<std::string>* found) {
  // These say a value as a whole, or are Daybook's own: unknown is their absence.
  static const auto* const kWhole =
      new std::set<std::string>{"daybook.type.v1.Money", "daybook.type.v1.Date",
                                "daybook.type.v1.RecordMeta", "google.protobuf.Timestamp"};
  if (kWhole->count(message->full_name()) > 0 || !seen->insert(message).second) return;
  for (int i = 0; i < message->field_count(); ++i) {
    const auto& field = *message->field(i);
    if (IsNumber(field) && !field.is_repeated() && !field.has_presence()) {
      found->insert(field.full_name());
    }
    if (field.message_type() != nullptr) CollectWithoutPresence(field.message_type(), seen, found);
  }
}

TEST(RegistryTest, EveryNumberOfARecordHasPresence) {
  std::set<const Descriptor*> seen;
  std::set<std::string> found;
  for (const auto& type : AllAggregates()) {
    CollectWithoutPresence(type.record->GetDescriptor(), &seen, &found);
  }
  EXPECT_THAT(found, ::testing::IsEmpty());
  EXPECT_GT(seen.size(), AllAggregates().size());
}

// What a command says about a record keeps unknown apart from zero too. Counts of an import and the
// number of a schema set are always known.
TEST(RegistryTest, EveryNumberOfACommandThatARecordHoldsHasPresence) {
  std::set<const Descriptor*> seen;
  std::set<std::string> found;
  for (const auto& type : AllAggregates()) {
    for (const auto& command : type.commands) {
      CollectWithoutPresence(command.request->GetDescriptor(), &seen, &found);
    }
  }
  EXPECT_THAT(found,
              ::testing::ElementsAre("daybook.setup.v1.FinishImportRunRequest.commands",
                                     "daybook.setup.v1.FinishImportRunRequest.rows_applied",
                                     "daybook.setup.v1.FinishImportRunRequest.rows_rejected",
                                     "daybook.setup.v1.FinishImportRunRequest.rows_unchanged",
                                     "daybook.setup.v1.IntroduceSchemaSetRequest.number",
                                     "daybook.setup.v1.StartImportRunRequest.rows"));
}

TEST(RegistryTest, UnknownNamesFindNothing) {
  EXPECT_EQ(FindAggregate("invoice"), nullptr);
  EXPECT_EQ(FindCommand("daybook.sales.v1.Opportunity").command, nullptr);
  EXPECT_EQ(FindAggregate("opportunity")->name, "opportunity");
}

}  // namespace
}  // namespace daybook::domain
