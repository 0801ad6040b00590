#include "domain/fields/personal.h"

#include <gmock/gmock.h>
#include <google/protobuf/dynamic_message.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "daybook/options/v1/field_options.pb.h"
#include "daybook/party/v1/contact_events.pb.h"
#include "daybook/sales/v1/opportunity_events.pb.h"
#include "daybook/setup/v1/sales_process_events.pb.h"
#include "domain/base/error.h"

namespace daybook::domain {
namespace {

namespace pb = ::daybook::party::v1;
using google::protobuf::FieldDescriptorProto;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char kAda[] = "01890a5d-ac96-774b-bcce-b302099a8057";
constexpr char kBob[] = "01890a5d-ac96-774b-bcce-b302099a8058";

using OpenedParts = std::vector<std::optional<std::vector<std::string>>>;

OpenedParts Open(const std::vector<PersonalPart>& parts) {
  OpenedParts opened;
  for (const PersonalPart& part : parts) opened.emplace_back(part.values);
  return opened;
}

pb::ContactEvent Created() {
  pb::ContactEvent event;
  auto* contact = event.mutable_created()->mutable_contact();
  contact->set_id(kAda);
  contact->set_account_id(kBob);
  contact->set_given_name("Ada");
  contact->set_family_name("Lovelace");
  contact->set_email("ada@example.org");
  return event;
}

TEST(SplitPersonalTest, PersonalValuesLeaveTheEventInFieldOrder) {
  // given
  pb::ContactEvent event = Created();
  // when
  const auto parts = SplitPersonal(&event, kAda);
  // then
  ASSERT_EQ(parts.size(), 1u);
  EXPECT_EQ(parts[0].subject_id, kAda);
  EXPECT_THAT(parts[0].values, ElementsAre("Ada", "Lovelace", "ada@example.org"));
  EXPECT_EQ(event.created().contact().given_name(),
            "\x01"
            "0.0");
  EXPECT_EQ(event.created().contact().email(),
            "\x01"
            "0.2");
  EXPECT_EQ(event.created().contact().account_id(), kBob);
  for (const char* value : {"Ada", "Lovelace", "example.org"}) {
    EXPECT_EQ(event.SerializeAsString().find(value), std::string::npos);
  }
}

TEST(SplitPersonalTest, EmptyValuesStayEmptyAndAreNotSealed) {
  pb::ContactEvent event = Created();
  SplitPersonal(&event, kAda);
  EXPECT_EQ(event.created().contact().phone(), "");
}

TEST(SplitPersonalTest, BeforeAndAfterOfAnEditAreBothTaken) {
  pb::ContactEvent event;
  event.mutable_fields_changed()->mutable_before()->set_email("old@example.org");
  event.mutable_fields_changed()->mutable_after()->set_email("new@example.org");
  const auto parts = SplitPersonal(&event, kAda);
  ASSERT_EQ(parts.size(), 1u);
  EXPECT_THAT(parts[0].values, ElementsAre("old@example.org", "new@example.org"));
}

TEST(SplitPersonalTest, EventsWithoutPersonalFieldsAreLeftAlone) {
  sales::v1::OpportunityEvent event;
  event.mutable_created()->mutable_opportunity()->set_subject("Shop");
  const std::string before = event.SerializeAsString();
  EXPECT_THAT(SplitPersonal(&event, kAda), IsEmpty());
  EXPECT_EQ(event.SerializeAsString(), before);
  EXPECT_FALSE(HasPersonalFields(setup::v1::SalesProcessEvent::descriptor()));
  EXPECT_TRUE(HasPersonalFields(pb::ContactEvent::descriptor()));
  EXPECT_TRUE(HasPersonalFields(pb::Contact::descriptor()));
}

// A message as a later part may bring it: two persons, repeated texts, a type inside itself.
class MeetingTest : public ::testing::Test {
 protected:
  MeetingTest() : pool_(google::protobuf::DescriptorPool::generated_pool()), factory_(&pool_) {
    google::protobuf::FileDescriptorProto file;
    file.set_name("meeting.proto");
    file.set_syntax("proto3");
    file.set_package("test");
    auto* meeting = file.add_message_type();
    meeting->set_name("Meeting");
    AddField(meeting, "topic", 1, false);
    AddField(meeting, "host_id", 2, false);
    AddPersonal(meeting, "host_name", 3, false, "host_id");
    AddPersonal(meeting, "remarks", 4, true, "");
    AddPersonal(meeting, "host_phone", 5, false, "host_id");
    auto* follow_up = AddField(meeting, "follow_up", 6, false);
    follow_up->set_type(FieldDescriptorProto::TYPE_MESSAGE);
    follow_up->set_type_name(".test.Meeting");
    const auto* built = pool_.BuildFile(file);
    type_ = built == nullptr ? nullptr : built->message_type(0);
  }

  static FieldDescriptorProto* AddField(google::protobuf::DescriptorProto* message,
                                        const char* name, int number, bool repeated) {
    auto* field = message->add_field();
    field->set_name(name);
    field->set_number(number);
    field->set_type(FieldDescriptorProto::TYPE_STRING);
    field->set_label(repeated ? FieldDescriptorProto::LABEL_REPEATED
                              : FieldDescriptorProto::LABEL_OPTIONAL);
    return field;
  }
  static void AddPersonal(google::protobuf::DescriptorProto* message, const char* name, int number,
                          bool repeated, const char* subject) {
    auto* field = AddField(message, name, number, repeated);
    auto* annotation = field->mutable_options()->MutableExtension(options::v1::field);
    annotation->set_security(options::v1::SECURITY_CLASS_PERSONAL);
    annotation->set_subject_field(subject);
  }

  void Set(google::protobuf::Message* message, const char* field, const char* text) {
    message->GetReflection()->SetString(message, type_->FindFieldByName(field), text);
  }
  std::string Get(const google::protobuf::Message& message, const char* field) {
    return message.GetReflection()->GetString(message, type_->FindFieldByName(field));
  }

  google::protobuf::DescriptorPool pool_;
  google::protobuf::DynamicMessageFactory factory_;
  const google::protobuf::Descriptor* type_ = nullptr;
};

TEST_F(MeetingTest, EachPersonGetsOnePart) {
  // given
  ASSERT_NE(type_, nullptr);
  std::unique_ptr<google::protobuf::Message> meeting(factory_.GetPrototype(type_)->New());
  const auto& reflection = *meeting->GetReflection();
  Set(meeting.get(), "topic", "Prices");
  Set(meeting.get(), "host_id", kBob);
  Set(meeting.get(), "host_name", "Bob");
  Set(meeting.get(), "host_phone", "+43 1");
  reflection.AddString(meeting.get(), type_->FindFieldByName("remarks"), "late");
  reflection.AddString(meeting.get(), type_->FindFieldByName("remarks"), "");
  reflection.AddString(meeting.get(), type_->FindFieldByName("remarks"), "tired");
  auto* next = reflection.MutableMessage(meeting.get(), type_->FindFieldByName("follow_up"));
  Set(next, "host_name", "Carl");  // names no person: the stream's own
  const std::string before = meeting->SerializeAsString();
  // when
  const auto parts = SplitPersonal(meeting.get(), kAda);
  // then
  ASSERT_EQ(parts.size(), 2u);
  EXPECT_EQ(parts[0].subject_id, kBob);
  EXPECT_THAT(parts[0].values, ElementsAre("Bob", "+43 1"));
  EXPECT_EQ(parts[1].subject_id, kAda);
  EXPECT_THAT(parts[1].values, ElementsAre("late", "tired", "Carl"));
  EXPECT_EQ(Get(*meeting, "host_phone"),
            "\x01"
            "0.1");
  EXPECT_EQ(Get(*meeting, "topic"), "Prices");
  // and when
  ASSERT_TRUE(JoinPersonal(Open(parts), meeting.get()).ok());
  // then
  EXPECT_EQ(meeting->SerializeAsString(), before);
}

TEST_F(MeetingTest, TokensKeepThePartOfEachPerson) {
  std::unique_ptr<google::protobuf::Message> meeting(factory_.GetPrototype(type_)->New());
  Set(meeting.get(), "host_id", kBob);
  Set(meeting.get(), "host_name", "Bob");
  meeting->GetReflection()->AddString(meeting.get(), type_->FindFieldByName("remarks"), "late");
  SplitPersonal(meeting.get(), kAda);
  ExpandTokens(7, meeting.get());
  const auto tokens = CollectTokens(*meeting);
  ASSERT_EQ(tokens.size(), 2u);
  EXPECT_EQ(tokens[0].part, 0u);
  EXPECT_EQ(tokens[1].part, 1u);
  EXPECT_EQ(tokens[1].position, 7u);
}

TEST(JoinPersonalTest, ErasedPersonsLeaveEmptyValues) {
  pb::ContactEvent event = Created();
  SplitPersonal(&event, kAda);
  ASSERT_TRUE(JoinPersonal({std::nullopt}, &event).ok());
  EXPECT_EQ(event.created().contact().family_name(), "");
  EXPECT_EQ(event.created().contact().account_id(), kBob);
}

TEST(JoinPersonalTest, PlaceholdersThatNameNoValueAreDataLoss) {
  for (const std::string placeholder : {"\x01"
                                        "1.0",
                                        "\x01"
                                        "0.1",
                                        "\x01"
                                        "0",
                                        "\x01",
                                        "\x01"
                                        "0.0.0",
                                        "\x01"
                                        "-1.0",
                                        "\x01"
                                        "0. 0",
                                        "\x01"
                                        "0.4294967296",
                                        "\x01"
                                        "00.0"}) {
    pb::ContactEvent event;
    event.mutable_created()->mutable_contact()->set_email(placeholder);
    const auto status = JoinPersonal({{{"only"}}}, &event);
    EXPECT_EQ(ReasonOf(status), Reason::REASON_DATA_LOSS) << placeholder;
    EXPECT_EQ(ErrorMetadataOf(status, "field"), "email");
  }
}

TEST(TokenTest, PlaceholdersBecomeTokensAndOpenAgain) {
  // given an event as it is stored
  pb::ContactEvent event = Created();
  const auto parts = SplitPersonal(&event, kAda);
  // when it is read for a view and copied into a row
  ExpandTokens(18446744073709551615u, &event);
  pb::Contact record = event.created().contact();
  // then the row holds tokens in field order
  const auto tokens = CollectTokens(record);
  ASSERT_EQ(tokens.size(), 3u);
  EXPECT_EQ(tokens[2].position, 18446744073709551615u);
  EXPECT_EQ(tokens[2].ordinal, 2u);
  // and opening gives the clear values back
  ASSERT_TRUE(OpenTokens(
                  [&](const Token& token) -> absl::StatusOr<std::optional<std::string>> {
                    return parts[token.part].values[token.ordinal];
                  },
                  &record)
                  .ok());
  EXPECT_EQ(record.SerializeAsString(), Created().created().contact().SerializeAsString());
}

TEST(TokenTest, ErasedTokensOpenEmptyAndErrorsEndTheWalk) {
  pb::ContactEvent event = Created();
  SplitPersonal(&event, kAda);
  ExpandTokens(9, &event);
  pb::Contact record = event.created().contact();
  int opened = 0;
  const auto failing = [&](const Token&) -> absl::StatusOr<std::optional<std::string>> {
    ++opened;
    return absl::InternalError("the key store is gone");
  };
  EXPECT_EQ(OpenTokens(failing, &record).code(), absl::StatusCode::kInternal);
  EXPECT_EQ(opened, 1);
  const auto erased = [](const Token&) -> absl::StatusOr<std::optional<std::string>> {
    return std::nullopt;
  };
  ASSERT_TRUE(OpenTokens(erased, &record).ok());
  EXPECT_EQ(record.given_name(), "");
  EXPECT_THAT(CollectTokens(record), IsEmpty());
}

TEST(TokenTest, OnlyTokensAreTokens) {
  Token token;
  ASSERT_TRUE(
      ParseToken("\x01"
                 "12.3.4",
                 &token));
  EXPECT_EQ(token.position, 12u);
  EXPECT_EQ(token.part, 3u);
  EXPECT_EQ(token.ordinal, 4u);
  for (const char* text : {"", "12.3.4",
                           "\x01"
                           "3.4",
                           "\x01"
                           "1.2.3.4",
                           "\x01"
                           "1.2.x",
                           "\x01"
                           "1..3",
                           "\x01"
                           "01.2.3",
                           "\x01"
                           "18446744073709551616.0.0"}) {
    EXPECT_FALSE(ParseToken(text, &token)) << text;
  }
}

RC_GTEST_PROP(PersonalProperty, SplitThenJoinIsTheIdentity,
              (const std::string& given, const std::string& family, const std::string& email)) {
  pb::ContactEvent event;
  auto* before = event.mutable_fields_changed()->mutable_before();
  auto* after = event.mutable_fields_changed()->mutable_after();
  before->set_given_name(given);
  after->set_family_name(family);
  after->set_email(email);
  const auto parts = SplitPersonal(&event, kAda);
  RC_ASSERT(JoinPersonal(Open(parts), &event).ok());
  RC_ASSERT(before->given_name() == given);
  RC_ASSERT(after->family_name() == family);
  RC_ASSERT(after->email() == email);
}

}  // namespace
}  // namespace daybook::domain
