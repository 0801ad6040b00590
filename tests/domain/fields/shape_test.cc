#include "domain/fields/shape.h"

#include <gtest/gtest.h>

#include <functional>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "daybook/admin/v1/api_key_service.pb.h"
#include "daybook/party/v1/account_service.pb.h"
#include "daybook/party/v1/contact_service.pb.h"
#include "daybook/party/v1/responsibility_service.pb.h"
#include "daybook/record/v1/record_service.pb.h"
#include "daybook/sales/v1/opportunity_service.pb.h"
#include "daybook/setup/v1/sales_process_service.pb.h"
#include "daybook/work/v1/activity_service.pb.h"
#include "domain/base/error.h"
#include "domain/base/money.h"
#include "domain/fields/filter.h"
#include "google/protobuf/unknown_field_set.h"

namespace daybook::domain {
namespace {

namespace pb = ::daybook::sales::v1;

constexpr char kId[] = "01890a5d-ac96-774b-bcce-b302099a8057";

pb::CreateOpportunityRequest Valid() {
  pb::CreateOpportunityRequest request;
  request.mutable_header()->set_request_id(kId);
  request.set_subject("New shop");
  request.set_owner_id(kId);
  return request;
}

// The path that is refused; empty when the request is well shaped.
std::string Refused(const google::protobuf::Message& request) {
  const absl::Status status = CheckShape(request);
  if (status.ok()) return "";
  EXPECT_EQ(ReasonOf(status), Reason::REASON_INVALID_FIELD);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  return ErrorMetadataOf(status, "field");
}

struct Case {
  const char* what;
  std::function<void(pb::CreateOpportunityRequest&)> change;
  const char* refused;  // path; empty: accepted
};

void RunCases(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    pb::CreateOpportunityRequest request = Valid();
    c.change(request);
    EXPECT_EQ(Refused(request), c.refused) << c.what;
  }
}

TEST(ShapeTest, AWellShapedRequestPasses) { EXPECT_EQ(Refused(Valid()), ""); }

TEST(ShapeTest, AmountsAreBoundedOnBothSides) {
  const auto refused = [](int64_t minor) {
    pb::CreateOpportunityRequest request = Valid();
    request.mutable_gross_profit()->set_currency("USD");
    request.mutable_gross_profit()->set_minor(minor);
    const absl::Status status = CheckShape(request);
    return status.ok()
               ? ""
               : std::string(ReasonName(ReasonOf(status))) + " " + ErrorMetadataOf(status, "field");
  };
  EXPECT_EQ(refused(kAmountMinorMax), "");
  EXPECT_EQ(refused(-kAmountMinorMax), "");
  EXPECT_EQ(refused(kAmountMinorMax + 1), "OUT_OF_RANGE gross_profit.minor");
  EXPECT_EQ(refused(-kAmountMinorMax - 1), "OUT_OF_RANGE gross_profit.minor");
  EXPECT_EQ(refused(INT64_MIN), "OUT_OF_RANGE gross_profit.minor");
}

TEST(ShapeTest, HeadersNeedARequestIdInItsOneSpelling) {
  RunCases({
      {"no header", [](auto& r) { r.clear_header(); }, "header.request_id"},
      {"no id", [](auto& r) { r.mutable_header()->clear_request_id(); }, "header.request_id"},
      {"no UUID", [](auto& r) { r.mutable_header()->set_request_id("42"); }, "header.request_id"},
      {"capitals",
       [](auto& r) { r.mutable_header()->set_request_id("01890A5D-AC96-774B-BCCE-B302099A8057"); },
       "header.request_id"},
      {"braces",
       [](auto& r) {
         r.mutable_header()->set_request_id("{01890a5d-ac96-774b-bcce-b302099a8057}");
       },
       "header.request_id"},
      {"no hyphens",
       [](auto& r) { r.mutable_header()->set_request_id("01890a5dac96774bbcceb302099a8057"); },
       "header.request_id"},
      {"nil",
       [](auto& r) { r.mutable_header()->set_request_id("00000000-0000-0000-0000-000000000000"); },
       "header.request_id"},
      {"reason at the limit",
       [](auto& r) { r.mutable_header()->set_reason(std::string(kCommandReasonBytes, 'x')); }, ""},
      {"reason too long",
       [](auto& r) { r.mutable_header()->set_reason(std::string(kCommandReasonBytes + 1, 'x')); },
       "header.reason"},
  });
}

TEST(ShapeTest, QueriesNeedNoRequestId) {
  pb::GetOpportunityRequest request;
  request.set_id(kId);
  EXPECT_EQ(Refused(request), "");
}

TEST(ShapeTest, RequiredFieldsMustBeThere) {
  RunCases({
      {"empty text", [](auto& r) { r.clear_subject(); }, "subject"},
      {"blank text", [](auto& r) { r.set_subject("  "); }, "subject"},
      {"empty reference", [](auto& r) { r.clear_owner_id(); }, "owner_id"},
      {"nested text", [](auto& r) { r.add_job_requests()->mutable_value()->set_currency("USD"); },
       "job_requests[0].service"},
      {"nested message", [](auto& r) { r.add_job_requests()->set_service("x"); },
       "job_requests[0].value"},
      {"the first in field order is told",
       [](auto& r) {
         r.clear_owner_id();
         r.set_account_id("x");
       },
       "account_id"},
  });
  admin::v1::IssueApiKeyRequest key;
  key.mutable_header()->set_request_id(kId);
  key.set_name("feed");
  EXPECT_EQ(Refused(key), "role");  // an enum's zero is nothing
  pb::SetOpportunityValueRequest value;
  value.mutable_header()->set_request_id(kId);
  value.set_id(kId);
  EXPECT_EQ(Refused(value), "value");
}

TEST(ShapeTest, TextsMayBeAsLongAsTheirLimit) {
  RunCases({
      {"annotated, at", [](auto& r) { r.set_subject(std::string(300, 'x')); }, ""},
      {"annotated, over", [](auto& r) { r.set_subject(std::string(301, 'x')); }, "subject"},
      {"bytes count, not characters",
       [](auto& r) {
         std::string text;
         for (int i = 0; i < 151; ++i) text += "\u00e4";
         r.set_subject(text);
       },
       "subject"},
  });
  // given a text without a limit of its own
  record::v1::GetRecordRequest request;
  request.set_aggregate(std::string(kDefaultTextBytes, 'x'));
  EXPECT_EQ(Refused(request), "");
  request.set_aggregate(std::string(kDefaultTextBytes + 1, 'x'));
  EXPECT_EQ(Refused(request), "aggregate");
}

TEST(ShapeTest, FiltersAndPageTokensHaveLimitsOfTheirOwn) {
  pb::ListOpportunitiesRequest request;
  request.set_filter(std::string(kFilterBytesMax, ' '));
  request.set_page_token(std::string(kPageTokenBytes, 'x'));
  EXPECT_EQ(Refused(request), "");
  request.set_filter("state = OPEN\n\tAND value:*");
  EXPECT_EQ(Refused(request), "");
  request.set_page_token(std::string(kPageTokenBytes + 1, 'x'));
  EXPECT_EQ(Refused(request), "page_token");
  request.set_filter(std::string(kFilterBytesMax + 1, ' '));
  EXPECT_EQ(Refused(request), "filter");
}

TEST(ShapeTest, TextsAreUtf8) {
  const std::pair<std::string, const char*> kTexts[] = {
      {"\x7e\xc2\xa0\xdf\xbf\xe0\xa0\x80\xef\xbf\xbd\xf0\x90\x80\x80\xf4\x8f\xbf\xbd", ""},
      {"\x80", "subject"},      // continuation alone
      {"x\xc3", "subject"},     // cut off
      {"\xc3(", "subject"},     // no continuation
      {"\xc0\x80", "subject"},  // overlong
      {"\xc1\xbf", "subject"},
      {"\xe0\x9f\xbf", "subject"},
      {"\xf0\x8f\xbf\xbf", "subject"},
      {"\xed\xa0\x80", "subject"},      // surrogate
      {"\xf4\x90\x80\x80", "subject"},  // beyond Unicode
      {"\xf8\x88\x80\x80\x80", "subject"},
      {"\xff", "subject"},
  };
  for (const auto& [text, refused] : kTexts) {
    pb::CreateOpportunityRequest request = Valid();
    request.set_subject(text);
    EXPECT_EQ(Refused(request), refused) << text;
  }
}

TEST(ShapeTest, ControlCharactersAreRefusedExceptLayoutInNotes) {
  RunCases({
      {"NUL", [](auto& r) { r.set_subject(std::string("a\0b", 3)); }, "subject"},
      {"the mark of placeholders",
       [](auto& r) {
         r.set_subject(
             "\x01"
             "0.0");
       },
       "subject"},
      {"line feed", [](auto& r) { r.set_subject("a\nb"); }, "subject"},
      {"tab", [](auto& r) { r.set_subject("a\tb"); }, "subject"},
      {"DEL", [](auto& r) { r.set_subject("a\x7f"); }, "subject"},
      {"C1", [](auto& r) { r.set_subject("a\xc2\x85"); }, "subject"},
      {"last of C1", [](auto& r) { r.set_subject("a\xc2\x9f"); }, "subject"},
      {"first after C1", [](auto& r) { r.set_subject("a\xc2\xa0"); }, ""},
      {"line feed in a note", [](auto& r) { r.set_note("a\n\tb"); }, ""},
      {"carriage return in a note", [](auto& r) { r.set_note("a\r\nb"); }, "note"},
      {"NUL in a note", [](auto& r) { r.set_note(std::string("a\0", 2)); }, "note"},
  });
}

TEST(ShapeTest, TextsThatShowNothingAreRefused) {
  // Blanks of all kinds, what is ignored, fillers; one by one and together.
  const std::vector<std::string> kNothing = {
      " ",      "\u00a0", "\u3000", "\u2003", "\u202f", "\ufeff", "\u200b",     "\u200d",
      "\u2060", "\u00ad", "\u115f", "\u3164", "\uffa0", "\u2800", "\U000e0020", "\u180e",
  };
  std::string all;
  for (const std::string& text : kNothing) all += text;
  std::vector<std::string> texts = kNothing;
  texts.push_back(all);
  for (const std::string& text : texts) {
    SCOPED_TRACE(absl::CHexEscape(text));
    RunCases({
        {"required", [&](auto& r) { r.set_subject(text); }, "subject"},
        {"optional", [&](auto& r) { r.set_external_key(text); }, "external_key"},
        {"note", [&](auto& r) { r.set_note(text); }, "note"},
    });
    // The byte order mark is no part of a text at all.
    if (absl::StrContains(text, "\ufeff")) continue;
    RunCases({{"beside something", [&](auto& r) { r.set_subject(absl::StrCat("a", text)); }, ""}});
  }
  RunCases({{"layout alone", [](auto& r) { r.set_note("\n\t"); }, "note"}});
}

TEST(ShapeTest, TextsHoldNothingThatIsNoText) {
  for (const char* character : {"\ufeff", "\ufff9", "\ufffb", "\ufdd0", "\ufdef", "\uffff",
                                "\U0001fffe", "\U0010ffff", "\U000e0001"}) {
    SCOPED_TRACE(absl::CHexEscape(character));
    const std::string text = absl::StrCat("Acme", character);
    RunCases({
        {"name", [&](auto& r) { r.set_subject(text); }, "subject"},
        {"note", [&](auto& r) { r.set_note(text); }, "note"},
    });
  }
  // their neighbours, and what stands for a character that could not be read
  RunCases({{"neighbours", [](auto& r) { r.set_subject("a\ufdcf\ufdf0\ufffc\ufffd"); }, ""}});
}

TEST(ShapeTest, TextsDoNotChangeTheirDirection) {
  for (const char* control :
       {"\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2066", "\u2067", "\u2068", "\u2069"}) {
    SCOPED_TRACE(absl::CHexEscape(control));
    const std::string text = absl::StrCat("gpj", control, "exe");
    RunCases({
        {"name", [&](auto& r) { r.set_subject(text); }, "subject"},
        {"note", [&](auto& r) { r.set_note(text); }, "note"},
        {"inside", [&](auto& r) { r.add_job_requests()->set_service(text); },
         "job_requests[0].service"},
        {"header", [&](auto& r) { r.mutable_header()->set_reason(text); }, "header.reason"},
    });
  }
  // marks, joiners and letters that are written from the right are ordinary text
  RunCases({{"marks", [](auto& r) { r.set_subject("\u05d0\u200f\u200e b\u200c\u200d"); }, ""},
            {"line separator", [](auto& r) { r.set_subject("a\u2028b"); }, "subject"},
            {"paragraph separator", [](auto& r) { r.set_subject("a\u2029b"); }, "subject"}});
}

TEST(ShapeTest, IdsAreUuidsInLowerCase) {
  RunCases({
      {"empty id", [](auto& r) { r.clear_id(); }, ""},
      {"id", [](auto& r) { r.set_id(kId); }, ""},
      {"a name as id", [](auto& r) { r.set_id("deal-1"); }, "id"},
      {"capitals", [](auto& r) { r.set_id("01890A5D-AC96-774B-BCCE-B302099A8057"); }, "id"},
      {"nil", [](auto& r) { r.set_account_id("00000000-0000-0000-0000-000000000000"); },
       "account_id"},
      {"cut off", [](auto& r) { r.set_account_id("01890a5d-ac96-774b-bcce-b302099a805"); },
       "account_id"},
      {"no dashes", [](auto& r) { r.set_account_id("01890a5dac96774bbcceb302099a8057"); },
       "account_id"},
      {"nested reference",
       [](auto& r) {
         auto* job = r.add_job_requests();
         job->set_service("x");
         job->mutable_value()->set_currency("USD");
         job->set_product_id("GTX Pro");
       },
       "job_requests[0].product_id"},
  });
}

TEST(ShapeTest, StagesAreNamedNotNumbered) {
  // `id` with a limit of its own is a name.
  setup::v1::ReviseSalesProcessRequest request;
  request.mutable_header()->set_request_id(kId);
  request.set_id(kId);
  auto* stage = request.add_stages();
  stage->set_id("prospecting");
  stage->set_label("Prospecting");
  EXPECT_EQ(Refused(request), "");
  stage->set_id(std::string(51, 'x'));
  EXPECT_EQ(Refused(request), "stages[0].id");
}

TEST(ShapeTest, ListsMayHoldAsManyElementsAsTheirLimit) {
  pb::CreateOpportunityRequest request = Valid();
  for (int i = 0; i < 200; ++i) {
    auto* job = request.add_job_requests();
    job->set_service("x");
    job->mutable_value()->set_currency("USD");
  }
  EXPECT_EQ(Refused(request), "");
  *request.add_job_requests() = request.job_requests(0);
  EXPECT_EQ(Refused(request), "job_requests");
  // and where nothing else is said
  pb::GetOpportunityRequest get;
  get.set_id(kId);
  for (int i = 0; i < kDefaultItems; ++i) get.mutable_field_mask()->add_paths("id");
  EXPECT_EQ(Refused(get), "");
  get.mutable_field_mask()->add_paths("id");
  EXPECT_EQ(Refused(get), "field_mask.paths");
}

TEST(ShapeTest, ListsOfPeopleAndTagsAtTheirLimits) {
  party::v1::AssignResponsibilityRequest backups;
  backups.mutable_header()->set_request_id(kId);
  backups.set_id(kId);
  backups.set_role(party::v1::ACCOUNT_ROLE_BACKUP_PM);
  for (int i = 0; i < 20; ++i) backups.add_user_ids(kId);
  EXPECT_EQ(Refused(backups), "");
  backups.add_user_ids(kId);
  EXPECT_EQ(Refused(backups), "user_ids");
  work::v1::ScheduleActivityRequest activity;
  activity.mutable_header()->set_request_id(kId);
  activity.set_kind(work::v1::ACTIVITY_KIND_CALL);
  for (int i = 0; i < 20; ++i) activity.add_tags("hot");
  for (int i = 0; i < 50; ++i) activity.add_participant_ids(kId);
  EXPECT_EQ(Refused(activity), "");
  activity.add_tags("hot");
  EXPECT_EQ(Refused(activity), "tags");
  activity.add_participant_ids(kId);
  EXPECT_EQ(Refused(activity), "participant_ids");
}

TEST(ShapeTest, EnumNumbersMustHaveANameHere) {
  admin::v1::IssueApiKeyRequest request;
  request.mutable_header()->set_request_id(kId);
  request.set_name("feed");
  request.set_role(admin::v1::API_ROLE_READER);
  EXPECT_EQ(Refused(request), "");
  request.set_role(static_cast<admin::v1::ApiRole>(99));
  EXPECT_EQ(Refused(request), "role");
}

TEST(ShapeTest, AmountsHaveAKnownCurrencyAndAnAllowedSign) {
  const auto money = [](int64_t minor, const char* currency) {
    type::v1::Money m;
    m.set_minor(minor);
    m.set_currency(currency);
    return m;
  };
  RunCases({
      {"zero", [&](auto& r) { *r.mutable_value() = money(0, "USD"); }, ""},
      {"below zero", [&](auto& r) { *r.mutable_value() = money(-1, "USD"); }, "value.minor"},
      {"below zero where allowed", [&](auto& r) { *r.mutable_gross_profit() = money(-1, "USD"); },
       ""},
      {"the most", [&](auto& r) { *r.mutable_value() = money(kAmountMinorMax, "USD"); }, ""},
      {"no currency", [&](auto& r) { *r.mutable_value() = money(1, ""); }, "value.currency"},
      {"nothing at all", [](auto& r) { r.mutable_value(); }, "value.currency"},
      {"unknown", [&](auto& r) { *r.mutable_value() = money(1, "XYZ"); }, "value.currency"},
      {"small letters", [&](auto& r) { *r.mutable_value() = money(1, "usd"); }, "value.currency"},
  });
}

TEST(ShapeTest, NumbersKeepTheirSign) {
  party::v1::CreateAccountRequest account;
  account.mutable_header()->set_request_id(kId);
  account.set_name("Acme");
  EXPECT_EQ(Refused(account), "");
  account.set_employees(-1);
  EXPECT_EQ(Refused(account), "employees");
  pb::SetOpportunityProbabilityRequest probability;
  probability.mutable_header()->set_request_id(kId);
  probability.set_id(kId);
  probability.set_probability(0);
  EXPECT_EQ(Refused(probability), "");
  probability.set_probability(-1);
  EXPECT_EQ(Refused(probability), "probability");
}

TEST(ShapeTest, DaysAndInstantsExistAndLieBetween1900And2200) {
  const auto day = [](int year, int month, int d) {
    return [=](pb::CreateOpportunityRequest& r) {
      r.mutable_expected_close_date()->set_year(year);
      r.mutable_expected_close_date()->set_month(month);
      r.mutable_expected_close_date()->set_day(d);
    };
  };
  const auto at = [](int64_t seconds, int32_t nanos) {
    return [=](pb::CreateOpportunityRequest& r) {
      r.mutable_header()->mutable_effective_at()->set_seconds(seconds);
      r.mutable_header()->mutable_effective_at()->set_nanos(nanos);
    };
  };
  RunCases({
      {"first", day(1900, 1, 1), ""},
      {"last", day(2200, 12, 31), ""},
      {"before the first", day(1899, 12, 31), "expected_close_date"},
      {"after the last", day(2201, 1, 1), "expected_close_date"},
      {"30 February", day(2024, 2, 30), "expected_close_date"},
      {"leap day", day(2024, 2, 29), ""},
      {"no leap day", day(2023, 2, 29), "expected_close_date"},
      {"month 13", day(2024, 13, 1), "expected_close_date"},
      {"nothing", day(0, 0, 0), "expected_close_date"},
      {"first instant", at(-2208988800, 0), ""},
      {"before it", at(-2208988801, 999999999), "header.effective_at"},
      {"last instant", at(7289654399, 999999999), ""},
      {"after it", at(7289654400, 0), "header.effective_at"},
      {"negative nanos", at(0, -1), "header.effective_at"},
      {"too many nanos", at(0, 1000000000), "header.effective_at"},
  });
}

TEST(ShapeTest, ResourcesInsideUpdatesAreChecked) {
  party::v1::UpdateContactRequest request;
  request.mutable_header()->set_request_id(kId);
  request.set_id(kId);
  request.mutable_contact()->set_email(std::string(255, 'x'));
  EXPECT_EQ(Refused(request), "contact.email");
}

TEST(ShapeTest, WhatTheServerDoesNotKnowIsRefusedWhereverItStands) {
  party::v1::CreateAccountRequest request;
  request.mutable_header()->set_request_id(kId);
  request.set_name("Acme");
  const auto with_unknown = [&](google::protobuf::Message* message) {
    message->GetReflection()->MutableUnknownFields(message)->AddVarint(1999, 1);
    const std::string field = Refused(request);
    message->GetReflection()->MutableUnknownFields(message)->Clear();
    return field;
  };
  EXPECT_EQ(with_unknown(&request), "request");
  EXPECT_EQ(with_unknown(request.mutable_header()), "header");
  request.mutable_annual_revenue()->set_currency("USD");
  EXPECT_EQ(with_unknown(request.mutable_annual_revenue()), "annual_revenue");
  auto* value = request.add_custom();
  value->set_name("region");
  EXPECT_EQ(with_unknown(value), "custom[0]");
  EXPECT_EQ(Refused(request), "");
}

TEST(ShapeTest, MessagesNeverRepeatText) {
  party::v1::CreateContactRequest request;
  request.mutable_header()->set_request_id(kId);
  for (const std::string& text : {std::string("Lovelace\x01"), "Lovelace" + std::string(300, 'x'),
                                  std::string("Lovelace\xff")}) {
    request.set_family_name(text);
    const absl::Status status = CheckShape(request);
    ASSERT_FALSE(status.ok());
    EXPECT_FALSE(absl::StrContains(status.message(), "Lovelace"));
  }
}

}  // namespace
}  // namespace daybook::domain
