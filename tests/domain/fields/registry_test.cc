// Goal: whoever adds a field, a record or an event gets the annotations right. Method: walks all
// aggregates.
#include "domain/fields/registry.h"

#include <gtest/gtest.h>

#include <map>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "daybook/options/v1/field_options.pb.h"
#include "daybook/type/v1/custom_value.pb.h"
#include "domain/base/strings.h"
#include "domain/registry.h"

namespace daybook::domain {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;

const options::v1::FieldOptions& Annotation(const FieldDescriptor& field) {
  return field.options().GetExtension(options::v1::field);
}

bool OfDaybook(const Descriptor& type) {
  return absl::StartsWith(ToAbsl(type.full_name()), "daybook.") &&
         !absl::StartsWith(ToAbsl(type.full_name()), "daybook.type.");
}

TEST(RegistryTest, EveryAggregateIsAnObjectTypeNumberedInOrder) {
  const auto& aggregates = AllAggregates();
  const auto types = Registry::Get().types();
  ASSERT_EQ(types.size(), aggregates.size());
  ASSERT_FALSE(types.empty());
  for (size_t i = 0; i < types.size(); ++i) {
    EXPECT_EQ(types[i].id(), i + 1);
    EXPECT_EQ(types[i].aggregate(), aggregates[i].name);
    EXPECT_EQ(Registry::Get().Find(aggregates[i].name), &types[i]);
    EXPECT_EQ(Registry::Get().FindByDescriptor(aggregates[i].record->GetDescriptor()), &types[i]);
  }
  EXPECT_EQ(Registry::Get().Find("spaceship"), nullptr);
  EXPECT_EQ(Registry::Get().FindByDescriptor(options::v1::FieldOptions::descriptor()), nullptr);
}

TEST(RegistryTest, EveryFieldHasALabelAndASecurityClass) {
  for (const ObjectType& type : Registry::Get().types()) {
    for (int i = 0; i < type.descriptor()->field_count(); ++i) {
      const FieldDescriptor& field = *type.descriptor()->field(i);
      EXPECT_NE(Annotation(field).label(), "") << field.full_name();
      EXPECT_NE(Annotation(field).security(), options::v1::SECURITY_CLASS_UNSPECIFIED)
          << field.full_name();
    }
    for (const Field& field : type.fields()) EXPECT_NE(field.label, "") << field.path;
  }
}

TEST(RegistryTest, IdIsFieldOneAndMetaFieldTwo) {
  for (const ObjectType& type : Registry::Get().types()) {
    const FieldDescriptor* id = type.descriptor()->FindFieldByNumber(1);
    const FieldDescriptor* meta = type.descriptor()->FindFieldByNumber(2);
    ASSERT_NE(id, nullptr) << type.aggregate();
    ASSERT_NE(meta, nullptr) << type.aggregate();
    EXPECT_EQ(id->name(), "id");
    EXPECT_EQ(id->type(), FieldDescriptor::TYPE_STRING);
    EXPECT_EQ(meta->name(), "meta");
    ASSERT_NE(meta->message_type(), nullptr);
    EXPECT_EQ(meta->message_type()->full_name(), "daybook.type.v1.RecordMeta");
    EXPECT_EQ(type.Find("id")->security, Security::kSystem);
    EXPECT_EQ(type.Find("meta.position")->security, Security::kSystem);
  }
}

TEST(RegistryTest, FieldsStandInOrderOfNumberThenTheRecordsOwn) {
  for (const ObjectType& type : Registry::Get().types()) {
    const auto fields = type.fields();
    const auto top = static_cast<size_t>(type.descriptor()->field_count());
    ASSERT_EQ(fields.size(), top + 4);
    for (size_t i = 1; i < top; ++i) {
      EXPECT_LT(fields[i - 1].steps[0]->number(), fields[i].steps[0]->number());
    }
    EXPECT_EQ(fields[top].path, "meta.revision");
    EXPECT_EQ(fields[top + 1].path, "meta.create_time");
    EXPECT_EQ(fields[top + 2].path, "meta.update_time");
    EXPECT_EQ(fields[top + 3].path, "meta.position");
    EXPECT_EQ(fields[top + 1].kind, FieldKind::kInstant);
    EXPECT_EQ(fields[top + 1].steps.size(), 2u);
  }
}

enum class Repetition { kNone, kInside };

// Personal values are texts, outside repeated messages, and their subject is a text beside them.
void CheckPersonal(const Descriptor& type, Repetition repetition,
                   std::set<const Descriptor*>* seen) {
  if (!seen->insert(&type).second) return;
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    if (Annotation(field).security() == options::v1::SECURITY_CLASS_PERSONAL) {
      EXPECT_EQ(field.type(), FieldDescriptor::TYPE_STRING) << field.full_name();
      // Custom values hold their field's name beside them and always are the record's own.
      const bool custom = &type == type::v1::CustomValue::descriptor();
      EXPECT_EQ(repetition, custom ? Repetition::kInside : Repetition::kNone) << field.full_name();
      const std::string& subject = Annotation(field).subject_field();
      if (!subject.empty()) EXPECT_NE(type.FindFieldByName(subject), nullptr) << field.full_name();
    }
    if (field.message_type() == nullptr || !OfDaybook(*field.message_type())) continue;
    CheckPersonal(*field.message_type(), field.is_repeated() ? Repetition::kInside : repetition,
                  seen);
  }
}

TEST(RegistryTest, PersonalFieldsAreTextsOutsideRepeatedMessages) {
  for (const AggregateType& aggregate : AllAggregates()) {
    std::set<const Descriptor*> seen;
    CheckPersonal(*aggregate.record->GetDescriptor(), Repetition::kNone, &seen);
    CheckPersonal(*aggregate.event->GetDescriptor(), Repetition::kNone, &seen);
  }
}

TEST(RegistryTest, PersonalValuesInRequestsAreAnnotatedAsInRecords) {
  // given a record's personal fields; when a request of its aggregate has a field of that name;
  // then it is personal
  for (const AggregateType& aggregate : AllAggregates()) {
    const ObjectType& type = *Registry::Get().Find(aggregate.name);
    for (const CommandType& command : aggregate.commands) {
      const Descriptor& request = *command.request->GetDescriptor();
      for (int i = 0; i < request.field_count(); ++i) {
        const Field* field = type.Find(request.field(i)->name());
        if (field == nullptr || field->security != Security::kPersonal) continue;
        EXPECT_EQ(Annotation(*request.field(i)).security(), options::v1::SECURITY_CLASS_PERSONAL)
            << request.field(i)->full_name();
      }
    }
  }
}

void CheckLookups(const Descriptor& type, std::set<const Descriptor*>* seen) {
  if (!seen->insert(&type).second) return;
  for (int i = 0; i < type.field_count(); ++i) {
    const FieldDescriptor& field = *type.field(i);
    const std::string& lookup = Annotation(field).lookup();
    if (!lookup.empty()) {
      EXPECT_NE(FindAggregate(lookup), nullptr) << field.full_name() << " refers to " << lookup;
      EXPECT_EQ(field.type(), FieldDescriptor::TYPE_STRING) << field.full_name();
    }
    if (field.message_type() != nullptr) CheckLookups(*field.message_type(), seen);
  }
}

TEST(RegistryTest, EveryLookupNamesAnAggregate) {
  std::set<const Descriptor*> seen;
  for (const AggregateType& aggregate : AllAggregates()) {
    CheckLookups(*aggregate.record->GetDescriptor(), &seen);
    CheckLookups(*aggregate.event->GetDescriptor(), &seen);
    for (const CommandType& command : aggregate.commands) {
      CheckLookups(*command.request->GetDescriptor(), &seen);
    }
  }
}

TEST(RegistryTest, TitlesAndColumnsAreFields) {
  for (const ObjectType& type : Registry::Get().types()) {
    EXPECT_NE(type.Find(type.title()), nullptr) << type.aggregate() << " " << type.title();
    ASSERT_FALSE(type.columns().empty()) << type.aggregate();
    EXPECT_EQ(type.columns()[0], "id") << type.aggregate();
    for (const std::string& column : type.columns()) {
      EXPECT_NE(type.Find(column), nullptr) << type.aggregate() << " " << column;
    }
  }
}

TEST(RegistryTest, IndexesNameFieldsThatHaveAnOrder) {
  for (const ObjectType& type : Registry::Get().types()) {
    const auto& annotation = type.descriptor()->options().GetExtension(options::v1::resource);
    std::set<uint16_t> ids;
    size_t composite = 0;
    for (const Index& index : type.indexes()) {
      EXPECT_TRUE(ids.insert(index.id).second) << type.aggregate() << " " << index.id;
      ASSERT_FALSE(index.fields.empty());
      bool personal = false;
      for (const Field* field : index.fields) {
        EXPECT_NE(field->kind, FieldKind::kStructure) << type.aggregate() << " " << field->path;
        EXPECT_FALSE(field->repeated) << type.aggregate() << " " << field->path;
        personal = personal || field->security == Security::kPersonal;
      }
      EXPECT_EQ(index.personal, personal);
      if (index.fields.size() > 1) {
        EXPECT_EQ(index.id, 1000 + composite++);
      } else {
        EXPECT_EQ(index.id, index.fields[0]->steps[0]->number());
      }
    }
    EXPECT_EQ(composite, static_cast<size_t>(annotation.index_size())) << type.aggregate();
  }
}

TEST(RegistryTest, EventWrappersAreOneOneofOfEventsNamedForTheirAggregate) {
  std::map<std::string, std::string> events;
  for (const AggregateType& aggregate : AllAggregates()) {
    const Descriptor& wrapper = *aggregate.event->GetDescriptor();
    const std::string& noun = aggregate.record->GetDescriptor()->name();
    EXPECT_EQ(wrapper.name(), noun + "Event");
    ASSERT_EQ(wrapper.real_oneof_decl_count(), 1) << wrapper.full_name();
    EXPECT_EQ(wrapper.oneof_decl(0)->name(), "kind");
    for (int i = 0; i < wrapper.field_count(); ++i) {
      const FieldDescriptor& member = *wrapper.field(i);
      ASSERT_NE(member.containing_oneof(), nullptr) << member.full_name();
      ASSERT_NE(member.message_type(), nullptr) << member.full_name();
      const std::string& event = member.message_type()->name();
      EXPECT_TRUE(absl::StartsWith(event, noun)) << event << " in " << wrapper.name();
      // Past tense: the few irregular verbs there are, or a word that ends in d.
      static const std::set<std::string> kIrregular = {"Won",   "PartiallyWon", "Lost",
                                                       "Taken", "Kept",         "HandedOver"};
      const std::string verb = event.substr(std::min(noun.size(), event.size()));
      EXPECT_TRUE(kIrregular.contains(verb) || absl::EndsWith(verb, "Set") ||
                  absl::EndsWith(verb, "d"))
          << event;
      EXPECT_TRUE(events.emplace(event, wrapper.name()).second) << event << " stands twice";
    }
  }
}

TEST(RegistryTest, KindsFollowFromTypesAndAnnotations) {
  const ObjectType& type = *Registry::Get().Find("opportunity");
  const std::pair<const char*, FieldKind> kKinds[] = {
      {"id", FieldKind::kText},
      {"meta", FieldKind::kStructure},
      {"subject", FieldKind::kText},
      {"account_id", FieldKind::kReference},
      {"process_version", FieldKind::kInteger},
      {"stage_probability", FieldKind::kShare},
      {"state", FieldKind::kEnum},
      {"value", FieldKind::kMoney},
      {"expected_close_date", FieldKind::kDate},
      {"open_time", FieldKind::kInstant},
      {"job_requests", FieldKind::kStructure},
      {"imported", FieldKind::kBoolean},
      {"meta.revision", FieldKind::kInteger},
  };
  for (const auto& [path, kind] : kKinds) {
    ASSERT_NE(type.Find(path), nullptr) << path;
    EXPECT_EQ(type.Find(path)->kind, kind) << path;
  }
  EXPECT_TRUE(type.Find("job_requests")->repeated);
  EXPECT_TRUE(type.Find("owner_id")->immutable);
  EXPECT_TRUE(type.Find("owner_id")->indexed);
  EXPECT_EQ(type.Find("owner_id")->lookup, "user");
  EXPECT_EQ(Registry::Get().Find("contact")->Find("email")->security, Security::kPersonal);
  EXPECT_EQ(type.Find("value.currency"), nullptr);
  EXPECT_EQ(type.Find(""), nullptr);
}

}  // namespace
}  // namespace daybook::domain
