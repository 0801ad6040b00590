// Every kind of event ever shipped still decodes and folds as it did.
//
// tests/golden/events/<type>.hex holds the bytes of one event of each kind with every field set,
// and tests/golden/folds/<type>.txtpb the record after the aggregate's first event and this one. DO
// NOT CHANGE either: they stand for logs that exist. A new kind, or a kind with new fields
// (<type>.2.hex and so on), gets files of its own: DAYBOOK_WRITE_GOLDEN=1 makes the test write
// those that are missing.

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "daybook/options/v1/field_options.pb.h"
#include "daybook/type/v1/date.pb.h"
#include "daybook/type/v1/money.pb.h"
#include "domain/base/strings.h"
#include "domain/fields/registry.h"
#include "domain/registry.h"
#include "google/protobuf/field_mask.pb.h"
#include "google/protobuf/text_format.h"
#include "google/protobuf/timestamp.pb.h"
#include "gtest/gtest.h"
#include "tests/support/proto_matchers.h"

namespace daybook::domain {
namespace {

namespace fs = std::filesystem;
using ::daybook::testing::EqualsProto;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using MessagePtr = std::unique_ptr<Message>;

fs::path Folder(absl::string_view name) {
  return fs::path(DAYBOOK_SOURCE_DIR) / "tests" / "golden" / std::string(name);
}

std::string ReadAll(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

bool MayWrite() { return std::getenv("DAYBOOK_WRITE_GOLDEN") != nullptr; }

void WriteMissing(const fs::path& path, absl::string_view text) {
  if (!MayWrite() || fs::exists(path)) return;
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << std::string(text);
}

// Lines of 80 digits.
std::string ToHex(absl::string_view bytes) {
  const std::string digits = absl::BytesToHexString(bytes);
  std::string text;
  for (size_t i = 0; i < digits.size(); i += 80) absl::StrAppend(&text, digits.substr(i, 80), "\n");
  return text.empty() ? "\n" : text;
}

std::string FromHex(absl::string_view text) {
  std::string digits;
  for (const char c : text) {
    if (c != '\n') digits.push_back(c);
  }
  return absl::HexStringToBytes(digits);
}

std::string SampleId(int number) {
  return absl::StrFormat("01890000-0000-7000-8000-%012d", number);
}

// What a sample is filled with. `salt` is the number of the event's kind, so that folding it
// changes the record.
struct Filling {
  std::string id;  // of the next message that has one
  int salt = 0;
};

void Fill(Message* message, const Filling& filling);

std::string SampleText(const FieldDescriptor& field, const Filling& filling, int ordinal) {
  // The deals of the samples have the job requests 500 and 501.
  if (absl::StrContains(field.name(), "job_request_id")) return SampleId(500 + ordinal);
  if (field.name() == "id") return filling.id;
  const bool reference = !field.options().GetExtension(options::v1::field).lookup().empty() ||
                         absl::EndsWith(field.name(), "_id");
  if (reference) return SampleId(10000 * filling.salt + 100 * field.number() + ordinal);
  return absl::StrCat(field.name(), " ", filling.salt, ".", ordinal + 1);
}

void FillOne(Message* message, const FieldDescriptor& field, const Filling& filling, int ordinal) {
  const auto* r = message->GetReflection();
  const bool add = field.is_repeated();
  const int64_t number = field.number() * 7 + filling.salt * 1000 + 1 + ordinal;
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING: {
      const std::string text = SampleText(field, filling, ordinal);
      return add ? r->AddString(message, &field, text) : r->SetString(message, &field, text);
    }
    case FieldDescriptor::CPPTYPE_BOOL:
      return r->SetBool(message, &field, true);
    case FieldDescriptor::CPPTYPE_ENUM: {
      const int values = field.enum_type()->value_count() - 1;
      return r->SetEnumValue(message, &field,
                             field.enum_type()->value(1 + (filling.salt - 1) % values)->number());
    }
    case FieldDescriptor::CPPTYPE_INT32:
      return r->SetInt32(message, &field, static_cast<int32_t>(number));
    case FieldDescriptor::CPPTYPE_INT64:
      return r->SetInt64(message, &field, number * 1000);
    case FieldDescriptor::CPPTYPE_UINT32:
      return r->SetUInt32(message, &field, static_cast<uint32_t>(number));
    case FieldDescriptor::CPPTYPE_UINT64:
      return r->SetUInt64(message, &field, static_cast<uint64_t>(number));
    case FieldDescriptor::CPPTYPE_MESSAGE: {
      Filling inner = filling;
      if (add) inner.id = SampleId(500 + ordinal);
      if (field.name() == "job_request") inner.id = SampleId(filling.salt == 8 ? 502 : 500);
      return Fill(add ? r->AddMessage(message, &field) : r->MutableMessage(message, &field), inner);
    }
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_FLOAT:
      ADD_FAILURE() << field.full_name() << ": no floating point in events";
  }
}

// Sets every field of the message except the record's meta, which no event carries.
void Fill(Message* message, const Filling& filling) {
  if (auto* money = dynamic_cast<type::v1::Money*>(message)) {
    money->set_minor(3850000 + filling.salt);
    money->set_currency("EUR");
  } else if (auto* date = dynamic_cast<type::v1::Date*>(message)) {
    date->set_year(2026);
    date->set_month(3);
    date->set_day(filling.salt);
  } else if (auto* time = dynamic_cast<google::protobuf::Timestamp*>(message)) {
    time->set_seconds(1772362800 + filling.salt);
    time->set_nanos(123456000);
  } else {
    const auto* type = message->GetDescriptor();
    for (int i = 0; i < type->field_count(); ++i) {
      const auto& field = *type->field(i);
      if (field.name() == "meta") continue;
      for (int n = 0; n < (field.is_repeated() ? 2 : 1); ++n) FillOne(message, field, filling, n);
    }
  }
}

// XFieldsChanged names every field that an update may write and holds those alone.
void FillFieldsChanged(const ObjectType& type, Message* change) {
  std::vector<std::string> paths;
  for (const auto& field : type.fields()) {
    if (!field.immutable && field.security != Security::kSystem) paths.push_back(field.path);
  }
  const auto* r = change->GetReflection();
  const auto* descriptor = change->GetDescriptor();
  auto& mask = static_cast<google::protobuf::FieldMask&>(
      *r->MutableMessage(change, descriptor->FindFieldByName("fields")));
  mask.clear_paths();
  for (const auto& path : paths) mask.add_paths(path);
  for (const char* side : {"before", "after"}) {
    Message* record = r->MutableMessage(change, descriptor->FindFieldByName(side));
    record->Clear();
    Fill(record, {SampleId(1), side == std::string("before") ? 1 : 2});
    ASSERT_TRUE(KeepFields(type, paths, record).ok());
  }
}

MessagePtr Sample(const AggregateType& type, const FieldDescriptor& member) {
  MessagePtr event(type.event->New());
  Message* kind = event->GetReflection()->MutableMessage(event.get(), &member);
  Fill(kind, {SampleId(1), member.number()});
  if (member.name() == "fields_changed") {
    FillFieldsChanged(*Registry::Get().Find(type.name), kind);
  }
  return event;
}

// The events of the folder: type name ("opportunity.won") to its samples in order.
std::map<std::string, std::vector<fs::path>> GoldenFiles() {
  std::map<std::string, std::vector<fs::path>> files;
  if (!fs::exists(Folder("events"))) return files;
  std::set<fs::path> sorted;
  for (const auto& entry : fs::directory_iterator(Folder("events"))) sorted.insert(entry.path());
  for (const auto& path : sorted) {
    std::string name = path.stem().string();
    while (!name.empty() && (std::isdigit(name.back()) || name.back() == '.')) name.pop_back();
    files[name].push_back(path);
  }
  return files;
}

// Every kind of event of every aggregate.
struct Kind {
  const AggregateType* type;
  const FieldDescriptor* member;
  std::string name;
};

std::vector<Kind> AllKinds() {
  std::vector<Kind> kinds;
  for (const auto& type : AllAggregates()) {
    const auto* oneof = type.event->GetDescriptor()->oneof_decl(0);
    for (int i = 0; i < oneof->field_count(); ++i) {
      kinds.push_back({&type, oneof->field(i), EventTypeName(type.name, *oneof->field(i))});
    }
  }
  return kinds;
}

// The record after the stored sample of the aggregate's first kind of event and then this one. The
// stored one, since fields that records have got later are in samples made now, and in no old log.
MessagePtr Folded(const AggregateType& type, const Message& event) {
  MessagePtr record(type.record->New());
  const auto* first = type.event->GetDescriptor()->oneof_decl(0)->field(0);
  if (EventMember(event) != first) {
    MessagePtr created(type.event->New());
    const fs::path stored = Folder("events") / (EventTypeName(type.name, *first) + ".hex");
    EXPECT_TRUE(created->ParseFromString(FromHex(ReadAll(stored)))) << stored;
    type.evolve_record(*record, *created);
  }
  type.evolve_record(*record, event);
  return record;
}

TEST(GoldenEventsTest, EveryKindHasASample) {
  for (const Kind& kind : AllKinds()) {
    WriteMissing(Folder("events") / (kind.name + ".hex"),
                 ToHex(Sample(*kind.type, *kind.member)->SerializeAsString()));
  }
  const auto files = GoldenFiles();
  for (const Kind& kind : AllKinds()) {
    EXPECT_TRUE(files.count(kind.name) == 1)
        << kind.name << " has no sample; run once with DAYBOOK_WRITE_GOLDEN=1 and commit it";
  }
}

TEST(GoldenEventsTest, NoKindWasEverRemoved) {
  std::set<std::string> known;
  for (const Kind& kind : AllKinds()) known.insert(kind.name);
  for (const auto& [name, paths] : GoldenFiles()) {
    EXPECT_TRUE(known.count(name) == 1) << name << " is in logs that exist; no event may go";
  }
}

TEST(GoldenEventsTest, SamplesDecodeWithoutLossAndFoldAsTheyDid) {
  const auto files = GoldenFiles();
  for (const Kind& kind : AllKinds()) {
    const auto found = files.find(kind.name);
    if (found == files.end()) continue;
    for (const fs::path& path : found->second) {
      SCOPED_TRACE(path.filename().string());
      const std::string bytes = FromHex(ReadAll(path));
      MessagePtr event(kind.type->event->New());
      ASSERT_TRUE(event->ParseFromString(bytes));
      // A field that lost its number would be unknown, one with another type unreadable or of
      // another length.
      EXPECT_TRUE(event->GetReflection()->GetUnknownFields(*event).empty());
      EXPECT_EQ(ToHex(event->SerializeAsString()), ToHex(bytes));
      ASSERT_EQ(EventMember(*event), kind.member);
      const MessagePtr record = Folded(*kind.type, *event);
      const fs::path fold = Folder("folds") / path.filename().replace_extension(".txtpb");
      std::string text;
      google::protobuf::TextFormat::PrintToString(*record, &text);
      WriteMissing(fold, text);
      ASSERT_TRUE(fs::exists(fold)) << fold;
      EXPECT_THAT(*record, EqualsProto(absl::string_view(ReadAll(fold))));
    }
  }
}

}  // namespace
}  // namespace daybook::domain
