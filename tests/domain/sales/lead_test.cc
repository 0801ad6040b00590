#include "domain/sales/lead.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/support/given_when_then.h"

namespace daybook::testing {
namespace {

namespace pb = ::daybook::sales::v1;

constexpr char kNoon[] = "seconds: 1772362800";  // 1 March 2026, 11:00 UTC

std::string Captured(absl::string_view values) {
  return absl::StrCat("captured { lead { id: '", Id(1), "' state: LEAD_STATE_NEW captured_time { ",
                      kNoon, " } state_time { ", kNoon, " } ", values, " } }");
}

std::string Person() { return Captured("kind: LEAD_KIND_PERSON email: 'Ada@b.example'"); }

std::string Assigned(int owner) {
  return absl::StrCat("assigned { to_owner_id: '", Id(owner),
                      "' to_state: LEAD_STATE_ASSIGNED state_time { ", kNoon, " } }");
}

std::string At(absl::string_view kind) {
  return absl::StrCat(kind, " { state_time { ", kNoon, " } }");
}

// A lead in a state, with two users and one who left.
Scenario In(absl::string_view state) {
  Scenario scenario("lead");
  scenario.Exists("user", absl::StrCat("id: '", Id(2), "' state: USER_STATE_ACTIVE"))
      .Exists("user", absl::StrCat("id: '", Id(3), "' state: USER_STATE_ACTIVE"))
      .Exists("user", absl::StrCat("id: '", Id(4), "' state: USER_STATE_INACTIVE"));
  const auto time = absl::StrCat(" state_time { ", kNoon, " } }");
  const std::vector<std::pair<absl::string_view, std::string>> path = {
      {"NEW", Person()},
      {"ASSIGNED", Assigned(2)},
      {"WORKING", At("working_started")},
      {"BAD", "marked_bad { reason: 'no budget'" + time},
      {"GOOD", At("marked_good")},
      {"CONVERTED", absl::StrCat("converted { account_id: '", Id(7), "'", time)},
      {"RECYCLED",
       "recycled { return_date { year: 2026 month: 4 day: 1 } from_state: LEAD_STATE_GOOD" + time},
      {"DO_NOT_CONTACT", "do_not_contact_set { from_state: LEAD_STATE_RECYCLED" + time}};
  for (const auto& [reached, event] : path) {
    if (state.empty()) break;
    const bool detour = reached == "BAD" || reached == "CONVERTED";
    if (!detour || reached == state) scenario.Given(event);
    if (reached == state) break;
  }
  return scenario;
}

std::function<Scenario()> Make(absl::string_view state) {
  return [state] { return In(state); };
}

TEST(CaptureLeadTest, F079_CompanyAndPersonAreTakenIn) {
  In("")
      .When<pb::CaptureLeadRequest>(
          "kind: LEAD_KIND_COMPANY company: 'Mill' source: 'fair' phone: '+49 (30) 123-456'")
      .Then({Captured("kind: LEAD_KIND_COMPANY company: 'Mill' source: 'fair' phone: "
                      "'+4930123456'")})
      .ThenClaims({"not:suppressed-phone=+4930123456"});
  In("")
      .When<pb::CaptureLeadRequest>("kind: LEAD_KIND_PERSON email: ' Ada@B.example'")
      .ThenRejected(Reason::REASON_INVALID_FIELD, {{"field", "email"}});
  In("")
      .When<pb::CaptureLeadRequest>(
          "kind: LEAD_KIND_PERSON email: 'Ada@b.example' external_key: "
          "'web:1'")
      .ThenClaims({"lead-external-key=web:1", "not:suppressed-email=ada@b.example",
                   "lead-email=ada@b.example"});
}

TEST(CaptureLeadTest, F079_RefusalsInCheckOrder) {
  ExpectRefusals<pb::CaptureLeadRequest>(
      Make("NEW"), {{"again", "kind: LEAD_KIND_PERSON", Reason::REASON_DUPLICATE_KEY, "id"}});
  ExpectRefusals<pb::CaptureLeadRequest>(
      Make(""),
      {{"phone", "kind: LEAD_KIND_PERSON phone: '030'", Reason::REASON_INVALID_FIELD, "phone"},
       {"company without name", "kind: LEAD_KIND_COMPANY email: 'a@b.example'",
        Reason::REASON_INVALID_FIELD, "company"},
       {"nothing to know a person by", "kind: LEAD_KIND_PERSON company: 'Mill' given_name: ' '",
        Reason::REASON_INVALID_FIELD, "family_name"},
       {"address", "kind: LEAD_KIND_PERSON email: 'a'", Reason::REASON_INVALID_FIELD, "email"},
       {"external key", "kind: LEAD_KIND_PERSON external_key: 'web'", Reason::REASON_INVALID_FIELD,
        "external_key"},
       {"owner and rules",
        "kind: LEAD_KIND_PERSON given_name: 'A' by_rules: true owner_id: "
        "'01890000-0000-7000-8000-000000000002'",
        Reason::REASON_INVALID_FIELD, "by_rules"},
       {"owner unknown",
        "kind: LEAD_KIND_PERSON given_name: 'A' owner_id: '01890000-0000-7000-8000-000000000009'",
        Reason::REASON_REFERENCE_NOT_FOUND, "owner_id"},
       {"owner left",
        "kind: LEAD_KIND_PERSON given_name: 'A' owner_id: '01890000-0000-7000-8000-000000000004'",
        Reason::REASON_RECORD_ARCHIVED, ""}});
}

TEST(CaptureLeadTest, OwnerNamedAtOnce) {
  In("")
      .When<pb::CaptureLeadRequest>(
          absl::StrCat("kind: LEAD_KIND_PERSON given_name: 'A' owner_id: '", Id(2), "'"))
      .Then({Captured("kind: LEAD_KIND_PERSON given_name: 'A'"), Assigned(2)});
}

TEST(UpdateLeadTest, OpenAndBadLeadsOnly) {
  In("WORKING")
      .When<pb::UpdateLeadRequest>(
          "lead { phone: '0049 30 123456' } update_mask { paths: 'phone' }")
      .Then({"fields_changed { fields { paths: 'phone' } before {} after { phone: '+4930123456' } "
             "}"})
      .When<pb::UpdateLeadRequest>("lead { state: LEAD_STATE_GOOD } update_mask { paths: 'state' }")
      .ThenRejected(Reason::REASON_FIELD_NOT_WRITABLE)
      .When<pb::UpdateLeadRequest>("update_mask { paths: 'email' paths: 'phone' }")
      .ThenRejected(Reason::REASON_INVALID_FIELD, {{"field", "family_name"}});
  for (const absl::string_view state : {"CONVERTED", "DO_NOT_CONTACT"}) {
    In(state)
        .When<pb::UpdateLeadRequest>("lead { city: 'Ulm' } update_mask { paths: 'city' }")
        .ThenRejected(Reason::REASON_ILLEGAL_TRANSITION, {{"state", std::string(state)}});
  }
}

TEST(AssignLeadTest, NewBecomesAssignedAndLaterOnlyTheOwnerChanges) {
  In("NEW")
      .When<pb::AssignLeadRequest>(absl::StrCat("owner_id: '", Id(2), "'"))
      .Then({Assigned(2)})
      .When<pb::AssignLeadRequest>(absl::StrCat("owner_id: '", Id(2), "'"))
      .ThenNothing();
  In("WORKING")
      .When<pb::AssignLeadRequest>(absl::StrCat("owner_id: '", Id(3), "'"))
      .Then({absl::StrCat("assigned { from_owner_id: '", Id(2), "' to_owner_id: '", Id(3),
                          "' to_state: LEAD_STATE_WORKING state_time { ", kNoon, " } }")});
}

TEST(AssignLeadTest, RefusalsInCheckOrder) {
  ExpectRefusals<pb::AssignLeadRequest>(Make(""), {{"none", "", Reason::REASON_NOT_FOUND, ""}});
  ExpectRefusals<pb::AssignLeadRequest>(
      Make("NEW"),
      {{"neither", "", Reason::REASON_INVALID_FIELD, "owner_id"},
       {"both", "by_rules: true owner_id: '01890000-0000-7000-8000-000000000002'",
        Reason::REASON_INVALID_FIELD, "owner_id"},
       {"unknown", "owner_id: '01890000-0000-7000-8000-000000000009'",
        Reason::REASON_REFERENCE_NOT_FOUND, "owner_id"},
       {"left", "owner_id: '01890000-0000-7000-8000-000000000004'", Reason::REASON_RECORD_ARCHIVED,
        ""},
       {"no rules", "by_rules: true", Reason::REASON_MISSING_REQUIRED_FOR_STATE, "owner_id"}});
  for (const absl::string_view state : {"BAD", "RECYCLED", "CONVERTED", "DO_NOT_CONTACT"}) {
    In(state)
        .When<pb::AssignLeadRequest>(absl::StrCat("owner_id: '", Id(3), "'"))
        .ThenRejected(Reason::REASON_ILLEGAL_TRANSITION,
                      {{"state", std::string(state)}, {"allowed", "NEW,ASSIGNED,WORKING,GOOD"}});
  }
}

// Every step from every state: what is allowed, what is done already, what is refused.
TEST(LeadStepTest, F079_StepsOfTheStateMachine) {
  const std::vector<absl::string_view> states = {"NEW", "ASSIGNED", "WORKING",   "GOOD",
                                                 "BAD", "RECYCLED", "CONVERTED", "DO_NOT_CONTACT"};
  const auto expect = [&](const std::function<void(Scenario&)>& when, absl::string_view from,
                          absl::string_view done, absl::string_view allowed) {
    for (const absl::string_view state : states) {
      SCOPED_TRACE(std::string(state));
      Scenario scenario = In(state);
      when(scenario);
      if (state == done) {
        scenario.ThenNothing();
      } else if (absl::StrContains(absl::StrCat(",", from, ","), absl::StrCat(",", state, ","))) {
        EXPECT_TRUE(scenario.status().ok()) << scenario.status();
        EXPECT_EQ(scenario.events().size(), 1u);
      } else {
        scenario.ThenRejected(Reason::REASON_ILLEGAL_TRANSITION,
                              {{"state", std::string(state)}, {"allowed", std::string(allowed)}});
      }
    }
  };
  expect([](Scenario& s) { s.When<pb::StartWorkingLeadRequest>(""); }, "ASSIGNED", "WORKING",
         "ASSIGNED");
  expect([](Scenario& s) { s.When<pb::MarkLeadGoodRequest>(""); }, "WORKING", "GOOD", "WORKING");
  expect([](Scenario& s) { s.When<pb::MarkLeadBadRequest>("reason: 'no budget'"); }, "WORKING",
         "BAD", "WORKING");
  expect(
      [](Scenario& s) {
        s.When<pb::RecycleLeadRequest>("return_date { year: 2026 month: 4 day: 1 }");
      },
      "GOOD,BAD", "RECYCLED", "GOOD,BAD");
  expect([](Scenario& s) { s.At("2026-04-01T08:00:00Z").When<pb::ReturnRecycledLeadRequest>(""); },
         "RECYCLED", "NEW", "RECYCLED");
  expect([](Scenario& s) { s.When<pb::SetLeadDoNotContactRequest>(""); },
         "NEW,ASSIGNED,WORKING,GOOD,BAD,RECYCLED,CONVERTED", "DO_NOT_CONTACT", "");
}

TEST(MarkLeadBadTest, F079_NeedsAReason) {
  In("WORKING")
      .When<pb::MarkLeadBadRequest>("reason: ' '")
      .ThenRejected(Reason::REASON_INVALID_FIELD, {{"field", "reason"}});
  In("BAD")
      .When<pb::MarkLeadBadRequest>("reason: 'too small'")
      .ThenRejected(Reason::REASON_ILLEGAL_TRANSITION);
}

TEST(RecycleLeadTest, UntilADayToCome) {
  In("GOOD").When<pb::RecycleLeadRequest>("").ThenRejected(Reason::REASON_INVALID_FIELD,
                                                           {{"field", "return_date"}});
  In("GOOD")
      .When<pb::RecycleLeadRequest>("return_date { year: 2026 month: 3 day: 1 }")
      .ThenRejected(Reason::REASON_INVALID_FIELD, {{"field", "return_date"}});
  In("BAD")
      .When<pb::RecycleLeadRequest>("return_date { year: 2026 month: 3 day: 2 }")
      .Then({absl::StrCat("recycled { return_date { year: 2026 month: 3 day: 2 } from_state: "
                          "LEAD_STATE_BAD state_time { ",
                          kNoon, " } }")});
}

TEST(ReturnRecycledLeadTest, F079_NewAgainAndNobodysOnItsDay) {
  // The last second of 31 March in Berlin, and the first of 1 April.
  In("RECYCLED")
      .At("2026-03-31T21:59:59Z")
      .When<pb::ReturnRecycledLeadRequest>("")
      .ThenRejected(Reason::REASON_ILLEGAL_TRANSITION, {{"state", "RECYCLED"}})
      .At("2026-03-31T22:00:00Z")
      .When<pb::ReturnRecycledLeadRequest>("")
      .Then({absl::StrCat("returned { from_owner_id: '", Id(2),
                          "' state_time { seconds: 1774994400 } }")})
      .ThenRecord(absl::StrCat("id: '", Id(1),
                               "' kind: LEAD_KIND_PERSON email: 'Ada@b.example' state: "
                               "LEAD_STATE_NEW captured_time { ",
                               kNoon, " } state_time { seconds: 1774994400 }"));
}

TEST(SetLeadDoNotContactTest, F079_AddressesBecomeSuppressions) {
  Scenario lead = In("");
  lead.Given(Captured("kind: LEAD_KIND_PERSON email: 'Ada@b.example' phone: '+4930123456'"))
      .Given("archived {}")
      .ThenClaims({})
      .When<pb::SetLeadDoNotContactRequest>("")
      .ThenClaims({"suppressed-email=ada@b.example", "suppressed-phone=+4930123456"});
}

TEST(LeadTimeTest, NoStepBeforeTheOneThatLedToIt) {
  In("ASSIGNED")
      .EffectiveAt("2026-02-01T11:00:00Z")
      .When<pb::StartWorkingLeadRequest>("")
      .ThenRejected(Reason::REASON_INVALID_FIELD, {{"field", "header.effective_at"}});
}

TEST(LeadClaimsTest, AddressIsHeldWhileOpen) {
  In("RECYCLED").ThenClaims({"not:suppressed-email=ada@b.example", "lead-email=ada@b.example"});
  In("BAD").ThenClaims({});
  In("CONVERTED").ThenClaims({});
  In("NEW").Given("archived {}").ThenClaims({});
}

TEST(ArchiveLeadTest, AndRestore) {
  In("WORKING")
      .When<pb::ArchiveLeadRequest>("")
      .Then({"archived {}"})
      .When<pb::ArchiveLeadRequest>("")
      .ThenNothing()
      .When<pb::MarkLeadGoodRequest>("")
      .ThenRejected(Reason::REASON_RECORD_ARCHIVED)
      .When<pb::RestoreLeadRequest>("")
      .Then({"restored {}"})
      .When<pb::RestoreLeadRequest>("")
      .ThenNothing();
}

}  // namespace
}  // namespace daybook::testing
