#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include "absl/strings/escaping.h"
#include "daybook/admin/v1/organisation.pb.h"
#include "daybook/party/v1/contact.pb.h"
#include "daybook/sales/v1/opportunity.pb.h"
#include "daybook/setup/v1/import_run.pb.h"
#include "domain/base/error.h"
#include "domain/base/time.h"
#include "domain/base/uuid.h"
#include "domain/fields/registry.h"

namespace daybook::domain {
namespace {

namespace pb = ::daybook::sales::v1;

constexpr char kId[] = "01890a5d-ac96-774b-bcce-b302099a8057";

const Field& FieldOf(absl::string_view path) {
  return *Registry::Get().Find("opportunity")->Find(path);
}

pb::Opportunity Deal() {
  pb::Opportunity deal;
  deal.set_id(kId);
  deal.mutable_meta()->set_revision(3);
  *deal.mutable_meta()->mutable_create_time() = ToProto(absl::FromUnixMicros(1'500'000));
  deal.set_subject("Shop");
  deal.set_account_id(kId);
  deal.set_stage_probability(625'000'000);
  deal.set_state(pb::OPPORTUNITY_STATE_PARTIALLY_WON);
  deal.mutable_value()->set_minor(105'400);
  deal.mutable_value()->set_currency("USD");
  *deal.mutable_expected_close_date() = ToProto(absl::CivilDay(2017, 3, 1));
  deal.set_imported(true);
  deal.set_reopened(2);
  auto* job = deal.add_job_requests();
  job->set_id(kId);
  job->set_service("Print \"it\"");
  return deal;
}

TEST(ValueTest, FieldsAreReadByKind) {
  const pb::Opportunity deal = Deal();
  EXPECT_EQ(GetValue(deal, FieldOf("subject")).text, "Shop");
  EXPECT_EQ(GetValue(deal, FieldOf("account_id")).text, kId);
  EXPECT_EQ(GetValue(deal, FieldOf("stage_probability")).number, 625'000'000);
  EXPECT_EQ(GetValue(deal, FieldOf("state")).number, 3);
  EXPECT_EQ(GetValue(deal, FieldOf("value")).number, 105'400);
  EXPECT_EQ(GetValue(deal, FieldOf("value")).text, "USD");
  EXPECT_EQ(GetValue(deal, FieldOf("expected_close_date")).number, 17226);
  EXPECT_EQ(GetValue(deal, FieldOf("imported")).number, 1);
  EXPECT_EQ(GetValue(deal, FieldOf("reopened")).number, 2);
  EXPECT_EQ(GetValue(deal, FieldOf("meta.revision")).number, 3);
  EXPECT_EQ(GetValue(deal, FieldOf("meta.create_time")).number, 1'500'000);
  for (const char* path : {"subject", "state", "value", "expected_close_date", "meta.revision"}) {
    EXPECT_FALSE(GetValue(deal, FieldOf(path)).absent) << path;
  }
}

TEST(ValueTest, WhatIsNotThereIsAbsentAndReadsEmpty) {
  const pb::Opportunity none;
  for (const Field& field : Registry::Get().Find("opportunity")->fields()) {
    if (field.repeated || field.kind == FieldKind::kStructure) continue;
    // Numbers and booleans without presence are zero, not absent.
    const bool zero = (field.kind == FieldKind::kInteger || field.kind == FieldKind::kShare ||
                       field.kind == FieldKind::kBoolean) &&
                      !field.steps.back()->has_presence() && field.steps.size() == 1;
    EXPECT_EQ(GetValue(none, field).absent, !zero) << field.path;
    if (!zero) EXPECT_EQ(FormatValue(none, field), "") << field.path;
  }
  pb::Opportunity zero;
  zero.set_probability_override(0);
  EXPECT_FALSE(GetValue(zero, FieldOf("probability_override")).absent);
  zero.mutable_value()->set_minor(5);  // no currency: no amount
  EXPECT_TRUE(GetValue(zero, FieldOf("value")).absent);
}

TEST(ValueTest, ValuesAreWrittenAsPeopleReadThem) {
  const pb::Opportunity deal = Deal();
  const std::pair<const char*, std::string> kTexts[] = {
      {"id", kId},
      {"subject", "Shop"},
      {"state", "PARTIALLY_WON"},
      {"value", "1054.00 USD"},
      {"stage_probability", "0.625"},
      {"expected_close_date", "2017-03-01"},
      {"imported", "true"},
      {"reopened", "2"},
      {"meta.revision", "3"},
      {"meta.create_time", "1970-01-01T00:00:01.5Z"},
      {"job_requests",
       R"([{"id":"01890a5d-ac96-774b-bcce-b302099a8057","service":"Print \"it\""}])"},
      {"meta", R"({"revision":"3","create_time":"1970-01-01T00:00:01.500Z"})"},
  };
  for (const auto& [path, text] : kTexts) EXPECT_EQ(FormatValue(deal, FieldOf(path)), text) << path;
}

TEST(ValueTest, EnumValuesOfANewerSchemaAreShownAsNumbers) {
  pb::Opportunity deal;
  deal.set_state(static_cast<pb::OpportunityState>(77));
  EXPECT_EQ(FormatValue(deal, FieldOf("state")), "77");
}

TEST(ValueTest, SharesAreWrittenExactly) {
  const std::pair<int64_t, const char*> kShares[] = {{0, "0"},
                                                     {1, "0.000000001"},
                                                     {600'000'000, "0.6"},
                                                     {1'000'000'000, "1"},
                                                     {-1'500'000'000, "-1.5"},
                                                     {-1, "-0.000000001"},
                                                     {INT64_MIN, "-9223372036.854775808"}};
  for (const auto& [nano, text] : kShares) EXPECT_EQ(FormatShare(nano), text);
}

TEST(ValueTest, HashesAreWrittenInHexadecimal) {
  setup::v1::ImportRun run;
  run.set_plan_hash(std::string("\x00\xab", 2));
  const Field& field = *Registry::Get().Find("import_run")->Find("plan_hash");
  EXPECT_EQ(FormatValue(run, field), "00ab");
}

std::string Encoded(const Value& value) {
  std::string bytes;
  EncodeValue(value, &bytes);
  return absl::BytesToHexString(bytes);
}

// These bytes are on disk: a change needs a new version of the view.
TEST(EncodeValueTest, BytesAreAsSpecified) {
  const pb::Opportunity deal = Deal();
  EXPECT_EQ(Encoded(GetValue(pb::Opportunity(), FieldOf("subject"))), "00");
  EXPECT_EQ(Encoded(GetValue(deal, FieldOf("subject"))), "0153686f700001");
  EXPECT_EQ(Encoded(GetValue(deal, FieldOf("state"))), "018000000000000003");
  EXPECT_EQ(Encoded(GetValue(deal, FieldOf("value"))), "0155534400018000000000019bb8");
  EXPECT_EQ(Encoded(GetValue(deal, FieldOf("account_id"))), "0201890a5dac96774bbcceb302099a8057");
  Value value{.kind = FieldKind::kReference, .absent = false, .text = "Acme"};
  EXPECT_EQ(Encoded(value), "0141636d650001");
  value = {.kind = FieldKind::kText, .absent = false, .text = std::string("a\0b", 3)};
  EXPECT_EQ(Encoded(value), "016100ff620001");
  value = {.kind = FieldKind::kInteger, .absent = false, .number = -1};
  EXPECT_EQ(Encoded(value), "017fffffffffffffff");
}

Value AnyValue(FieldKind kind) {
  Value value{.kind = kind, .absent = *rc::gen::inRange(0, 8) == 0};
  if (value.absent) return value;
  if (kind == FieldKind::kText || kind == FieldKind::kReference) {
    // A small alphabet of awkward bytes, so that prefixes and escapes meet.
    value.text = *rc::gen::nonEmpty(
        rc::gen::container<std::string>(rc::gen::element('\0', '\x01', '\xff', 'a', 'b')));
    if (kind == FieldKind::kReference && *rc::gen::arbitrary<bool>()) {
      std::string bytes =
          *rc::gen::container<std::string>(Uuid::kBytes, rc::gen::element('\0', '\x7f', '\xff'));
      value.text = Uuid::FromBytes(bytes).ToString();
    }
    return value;
  }
  if (kind == FieldKind::kMoney) value.text = *rc::gen::element("EUR", "USD", "JPY");
  value.number =
      *rc::gen::oneOf(rc::gen::arbitrary<int64_t>(),
                      rc::gen::element<int64_t>(INT64_MIN, -1, 0, 1, 255, 256, INT64_MAX));
  return value;
}

int Sign(int number) { return number < 0 ? -1 : (number > 0 ? 1 : 0); }

RC_GTEST_PROP(EncodeValueProperty, BytesSortAsValuesDo, ()) {
  const FieldKind kind =
      *rc::gen::element(FieldKind::kText, FieldKind::kReference, FieldKind::kMoney,
                        FieldKind::kInteger, FieldKind::kDate, FieldKind::kShare);
  const Value a = AnyValue(kind);
  const Value b = AnyValue(kind);
  std::string bytes_a;
  std::string bytes_b;
  EncodeValue(a, &bytes_a);
  EncodeValue(b, &bytes_b);
  RC_ASSERT(Sign(Compare(a, b)) == Sign(bytes_a.compare(bytes_b)));
  RC_ASSERT((Compare(a, b) == 0) == (a == b));
  RC_ASSERT(Sign(Compare(a, b)) == -Sign(Compare(b, a)));
}

RC_GTEST_PROP(EncodeValueProperty, NoEncodingIsAPrefixOfAnother, ()) {
  // So what follows in a key never decides between two values.
  const FieldKind kind =
      *rc::gen::element(FieldKind::kText, FieldKind::kReference, FieldKind::kMoney);
  std::string a;
  std::string b;
  EncodeValue(AnyValue(kind), &a);
  EncodeValue(AnyValue(kind), &b);
  RC_ASSERT(a == b || (a.compare(0, b.size(), b) != 0 && b.compare(0, a.size(), a) != 0));
}

TEST(CopyFieldTest, EveryFieldIsCopiedOrCleared) {
  // given
  const pb::Opportunity deal = Deal();
  pb::Opportunity other;
  other.set_note("stays");
  // when
  for (const Field& field : Registry::Get().Find("opportunity")->fields()) {
    if (field.path != "note") CopyField(deal, field, &other);
  }
  // then
  EXPECT_EQ(other.note(), "stays");
  other.clear_note();
  EXPECT_EQ(other.SerializeAsString(), deal.SerializeAsString());
  // and when copied from nothing
  for (const Field& field : Registry::Get().Find("opportunity")->fields()) {
    CopyField(pb::Opportunity(), field, &other);
  }
  // then
  EXPECT_EQ(other.SerializeAsString(), "");
}

TEST(KeepFieldsTest, OnlyNamedFieldsRemain) {
  const ObjectType& type = *Registry::Get().Find("opportunity");
  pb::Opportunity deal = Deal();
  ASSERT_TRUE(KeepFields(type, {"subject", "meta.revision", "value"}, &deal).ok());
  EXPECT_EQ(deal.ShortDebugString(),
            R"(meta { revision: 3 } subject: "Shop" value { minor: 105400 currency: "USD" })");
  ASSERT_TRUE(KeepFields(type, {}, &deal).ok());
  EXPECT_EQ(deal.subject(), "Shop");
  const absl::Status status = KeepFields(type, {"subject", "colour"}, &deal);
  EXPECT_EQ(ReasonOf(status), Reason::REASON_INVALID_FIELD);
  EXPECT_EQ(ErrorMetadataOf(status, "field"), "field_mask");
  EXPECT_EQ(deal.subject(), "Shop");
}

}  // namespace
}  // namespace daybook::domain
