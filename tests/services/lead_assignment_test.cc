// Leads that many want at once, leads that rules give away, and addresses that nobody may have.

#include <random>
#include <set>
#include <thread>

#include "absl/strings/str_cat.h"
#include "daybook/sales/v1/lead_events.pb.h"
#include "daybook/setup/v1/assignment_rule_service.grpc.pb.h"
#include "daybook/setup/v1/scoring_policy_service.grpc.pb.h"
#include "tests/services/lead_fixture.h"

namespace daybook::testing {
namespace {

namespace sales = ::daybook::sales::v1;
namespace setup = ::daybook::setup::v1;
using Rules = setup::AssignmentRuleService::Stub;

class LeadAssignmentTest : public LeadFixture {
 protected:
  std::string PublishRules(const std::string& steps) {
    setup::DefineAssignmentRuleResponse defined;
    EXPECT_TRUE(Send(&Rules::DefineAssignmentRule, *rules_,
                     For<setup::DefineAssignmentRuleRequest>("", "name: 'Desk' " + steps), &defined)
                    .ok());
    const std::string id = defined.assignment_rule().id();
    EXPECT_TRUE(
        Send(&Rules::PublishAssignmentRule, *rules_, For<setup::PublishAssignmentRuleRequest>(id))
            .ok());
    return id;
  }
  setup::AssignmentRule ReadRules(const std::string& id) {
    setup::GetAssignmentRuleRequest request;
    request.mutable_header()->set_min_position(server_.Head());
    request.set_id(id);
    setup::GetAssignmentRuleResponse response;
    EXPECT_TRUE(Send(&Rules::GetAssignmentRule, *rules_, request, &response).ok());
    return response.assignment_rule();
  }

  std::unique_ptr<Rules> rules_ = setup::AssignmentRuleService::NewStub(server_.channel());
};

// Whoever says which revision he saw takes the lead alone, or not at all.
TEST_F(LeadAssignmentTest, F079_TwoOwnersNeverBothTakeOneLead) {
  constexpr int kSeeds = 1'000;
  const std::vector<std::string> users = {server_.CreateUser("Ada"), server_.CreateUser("Grace")};
  std::vector<std::string> leads;
  for (int seed = 0; seed < kSeeds; ++seed) {
    leads.push_back(Capture("kind: LEAD_KIND_COMPANY company: 'Mill'"));
  }
  // Each thread takes the leads in the same order, so that they meet at most of them.
  std::vector<std::vector<int>> won(2);
  const auto take = [&](size_t who) {
    std::mt19937 random(static_cast<unsigned>(who));
    for (int seed = 0; seed < kSeeds; ++seed) {
      if (random() % 3 == 0) std::this_thread::yield();
      auto request = For<sales::AssignLeadRequest>(leads[static_cast<size_t>(seed)]);
      request.set_owner_id(users[who]);
      request.mutable_header()->set_expected_revision(1);
      const grpc::Status status = Send(&Leads::AssignLead, *leads_, request);
      if (status.ok()) {
        won[who].push_back(seed);
      } else {
        EXPECT_EQ(RefusalOf(status).reason, "REVISION_CONFLICT");
      }
    }
  };
  std::thread other([&] { take(1); });
  take(0);
  other.join();
  std::set<int> taken(won[0].begin(), won[0].end());
  taken.insert(won[1].begin(), won[1].end());
  EXPECT_EQ(won[0].size() + won[1].size(), static_cast<size_t>(kSeeds));
  EXPECT_EQ(taken.size(), static_cast<size_t>(kSeeds));
  sales::ListLeadsRequest list;
  list.mutable_header()->set_min_position(server_.Head());
  list.set_filter(absl::StrCat("owner_id = \"", users[0], "\""));
  list.set_page_size(1000);
  sales::ListLeadsResponse mine;
  ASSERT_TRUE(Send(&Leads::ListLeads, *leads_, list, &mine).ok());
  EXPECT_EQ(static_cast<size_t>(mine.leads_size()), won[0].size());
  for (const auto& lead : mine.leads()) EXPECT_EQ(lead.meta().revision(), 2u);
}

TEST_F(LeadAssignmentTest, E13_TurnsAreCountedInTheCommitOfTheLead) {
  const std::string ada = server_.CreateUser("Ada");
  const std::string grace = server_.CreateUser("Grace");
  const std::string rules =
      PublishRules(absl::StrCat("steps { id: 'all' members { user_id: '", ada,
                                "' weight: 2 } members { user_id: '", grace, "' } }"));
  const uint64_t before = server_.Head();
  const std::string lead = Capture("kind: LEAD_KIND_COMPANY company: 'Mill' by_rules: true");
  const auto events = EventsAfter(before);
  ASSERT_EQ(events.size(), 3u);
  EXPECT_EQ(events[1].type(), "lead.assigned");
  EXPECT_EQ(events[2].type(), "assignment_rule.lead_assigned");
  EXPECT_EQ(events[2].commit_count(), 3u);
  EXPECT_EQ(Read(lead).owner_id(), ada);
  EXPECT_EQ(Read(lead).assignment_rule_id(), rules);
  EXPECT_EQ(Read(lead).assignment_turn(), 1u);
  // Sent by itself, the count changes nothing.
  auto count = For<setup::RecordLeadAssignmentRequest>(rules);
  count.set_lead_id(lead);
  EXPECT_TRUE(Send(&Rules::RecordLeadAssignment, *rules_, count).ok());
  EXPECT_EQ(ReadRules(rules).turns(), 1u);
  // A second policy cannot come into force beside it.
  setup::DefineAssignmentRuleResponse second;
  ASSERT_TRUE(Send(&Rules::DefineAssignmentRule, *rules_,
                   For<setup::DefineAssignmentRuleRequest>(
                       "", absl::StrCat("name: 'Other' steps { id: 'all' members { user_id: '", ada,
                                        "' } }")),
                   &second)
                  .ok());
  const grpc::Status refused =
      Send(&Rules::PublishAssignmentRule, *rules_,
           For<setup::PublishAssignmentRuleRequest>(second.assignment_rule().id()));
  EXPECT_EQ(RefusalOf(refused).reason, "DUPLICATE_KEY");
  EXPECT_EQ(RefusalOf(refused).metadata.at("holder"), "assignment_rule/" + rules);
}

TEST_F(LeadAssignmentTest, E13_ManyAtOnceAreSharedOutFairly) {
  constexpr int kThreads = 8;
  constexpr int kEach = 15;
  std::string members;
  std::vector<std::string> users;
  for (const char* name : {"Ada", "Grace", "Mary"}) {
    users.push_back(server_.CreateUser(name));
    absl::StrAppend(&members, "members { user_id: '", users.back(), "' } ");
  }
  const std::string rules = PublishRules(absl::StrCat("steps { id: 'all' ", members, "}"));
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < kEach; ++i) {
        const std::string lead = Capture("kind: LEAD_KIND_COMPANY company: 'Mill'");
        auto request = For<sales::AssignLeadRequest>(lead, "by_rules: true");
        const grpc::Status status = Send(&Leads::AssignLead, *leads_, request);
        EXPECT_TRUE(status.ok()) << status.error_message();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  const setup::AssignmentRule after = ReadRules(rules);
  EXPECT_EQ(after.turns(), static_cast<uint64_t>(kThreads * kEach));
  ASSERT_EQ(after.counts_size(), 3);
  for (const auto& count : after.counts()) EXPECT_EQ(count.assigned(), kThreads * kEach / 3);
}

TEST_F(LeadAssignmentTest, F079_TheSameFormSentTwiceIsOneLead) {
  const auto request =
      For<sales::CaptureLeadRequest>("", "kind: LEAD_KIND_PERSON email: 'ada@b.example'");
  sales::CaptureLeadResponse first;
  sales::CaptureLeadResponse second;
  ASSERT_TRUE(Send(&Leads::CaptureLead, *leads_, request, &first).ok());
  const uint64_t head = server_.Head();
  ASSERT_TRUE(Send(&Leads::CaptureLead, *leads_, request, &second).ok());
  EXPECT_TRUE(second.receipt().replayed());
  second.mutable_receipt()->clear_replayed();
  EXPECT_EQ(first.SerializeAsString(), second.SerializeAsString());
  EXPECT_EQ(server_.Head(), head);
  // Under another key it is refused, and the lead that is there is named.
  const grpc::Status other =
      Send(&Leads::CaptureLead, *leads_,
           For<sales::CaptureLeadRequest>("", "kind: LEAD_KIND_PERSON email: 'ADA@b.example'"));
  EXPECT_EQ(RefusalOf(other).reason, "DUPLICATE_KEY");
  EXPECT_EQ(RefusalOf(other).metadata.at("holder"), "lead/" + first.lead().id());
  EXPECT_EQ(server_.Head(), head);
}

TEST_F(LeadAssignmentTest, F079_SuppressedAddressIsRefusedAndNothingIsStored) {
  const auto suppress = [&](const std::string& lead) {
    return Send(&Leads::SetLeadDoNotContact, *leads_, For<sales::SetLeadDoNotContactRequest>(lead));
  };
  const std::string ada =
      Capture("kind: LEAD_KIND_PERSON email: 'ada@b.example' phone: '+4930123456'");
  const std::string colleague = Capture("kind: LEAD_KIND_PERSON phone: '+49 30 123456'");
  ASSERT_TRUE(suppress(ada).ok());
  // The same number can be given up twice.
  ASSERT_TRUE(suppress(colleague).ok());
  const uint64_t head = server_.Head();
  const auto capture = [&](const std::string& values) {
    return Send(&Leads::CaptureLead, *leads_, For<sales::CaptureLeadRequest>("", values));
  };
  const Refusal refusal =
      RefusalOf(capture("kind: LEAD_KIND_COMPANY company: 'Mill' email: 'Ada@B.example'"));
  EXPECT_EQ(refusal.reason, "SUPPRESSED_RECIPIENT");
  EXPECT_EQ(refusal.metadata, (std::map<std::string, std::string>{{"field", "email"}}));
  EXPECT_EQ(
      RefusalOf(capture("kind: LEAD_KIND_COMPANY company: 'Mill' phone: '0049 30 123456'")).reason,
      "SUPPRESSED_RECIPIENT");
  EXPECT_EQ(server_.Head(), head);
  // Nor may an open lead take it up, also not after a restart.
  server_.Restart();
  leads_ = sales::LeadService::NewStub(server_.channel());
  const std::string other = Capture("kind: LEAD_KIND_COMPANY company: 'Mill'");
  const auto update = For<sales::UpdateLeadRequest>(
      other, "lead { email: 'ada@b.example' } update_mask { paths: 'email' }");
  EXPECT_EQ(RefusalOf(Send(&Leads::UpdateLead, *leads_, update)).reason, "SUPPRESSED_RECIPIENT");
}

TEST_F(LeadAssignmentTest, F079_AnAddressSuppressedLaterIsMetOnTheNextStep) {
  // given two leads of one number, one of them being worked, and a contact with it
  const std::string owner = server_.CreateUser("Ada");
  const std::string first = Capture("kind: LEAD_KIND_PERSON phone: '+4930123456'");
  const std::string other = Capture("kind: LEAD_KIND_PERSON phone: '+4930123456'");
  const std::string worked = Capture("kind: LEAD_KIND_PERSON phone: '+4930123456'");
  ASSERT_TRUE(Assign(other, owner).ok());
  ASSERT_TRUE(Assign(worked, owner).ok());
  const auto step = [&](auto method, auto request) {
    return RefusalOf(Send(method, *leads_, request)).reason;
  };
  EXPECT_EQ(step(&Leads::StartWorkingLead, For<sales::StartWorkingLeadRequest>(worked)), "");
  // when the first asks not to be contacted
  EXPECT_EQ(step(&Leads::SetLeadDoNotContact, For<sales::SetLeadDoNotContactRequest>(first)), "");
  // then nobody begins with the other, and what was begun can only be turned down
  EXPECT_EQ(step(&Leads::StartWorkingLead, For<sales::StartWorkingLeadRequest>(other)),
            "SUPPRESSED_RECIPIENT");
  EXPECT_EQ(step(&Leads::MarkLeadGood, For<sales::MarkLeadGoodRequest>(worked)),
            "SUPPRESSED_RECIPIENT");
  EXPECT_EQ(step(&Leads::MarkLeadBad, For<sales::MarkLeadBadRequest>(worked, "reason: 'asked'")),
            "");
  // and contacts do not take the number up
  const auto create =
      For<party::v1::CreateContactRequest>("", "family_name: 'Lovelace' phone: '+49 30 123456'");
  EXPECT_EQ(
      RefusalOf(Send(&party::v1::ContactService::Stub::CreateContact, *contacts_, create)).reason,
      "SUPPRESSED_RECIPIENT");
}

// The stream of an import sees suppressions that are still on their way to the disk.
TEST_F(LeadAssignmentTest, F079_SuppressionHoldsWithinOneStreamOfCommands) {
  for (const bool dry_run : {true, false}) {
    CommandBatch batch;
    const std::string lead = server_.NewId();
    batch.Add(
        For<sales::CaptureLeadRequest>(lead, "kind: LEAD_KIND_PERSON email: 'ada@b.example'"));
    batch.Add(For<sales::SetLeadDoNotContactRequest>(lead));
    batch.Add(For<sales::CaptureLeadRequest>(server_.NewId(),
                                             "kind: LEAD_KIND_PERSON email: 'ada@b.example'"));
    const auto results = batch.Send(server_, dry_run);
    EXPECT_EQ(results[0].code(), 0);
    EXPECT_EQ(results[1].code(), 0);
    EXPECT_EQ(results[2].code(), grpc::StatusCode::FAILED_PRECONDITION);
  }
}

TEST_F(LeadAssignmentTest, E14_ScoreKeepsTheVersionThatGaveIt) {
  using Policies = setup::ScoringPolicyService::Stub;
  const auto policies = setup::ScoringPolicyService::NewStub(server_.channel());
  setup::DefineScoringPolicyResponse defined;
  ASSERT_TRUE(Send(&Policies::DefineScoringPolicy, *policies,
                   For<setup::DefineScoringPolicyRequest>(
                       "", "name: 'Fit' rules { id: 'big' condition: 'employees > 9' points: 3 }"),
                   &defined)
                  .ok());
  const std::string policy = defined.scoring_policy().id();
  const auto publish = [&] {
    EXPECT_TRUE(Send(&Policies::PublishScoringPolicy, *policies,
                     For<setup::PublishScoringPolicyRequest>(policy))
                    .ok());
  };
  publish();
  const std::string lead = Capture("kind: LEAD_KIND_COMPANY company: 'Mill' employees: 10");
  EXPECT_EQ(Read(lead).score(), 3);
  ASSERT_TRUE(Send(&Policies::ReviseScoringPolicy, *policies,
                   For<setup::ReviseScoringPolicyRequest>(
                       policy, "rules { id: 'big' condition: 'employees > 9' points: 7 }"))
                  .ok());
  publish();
  EXPECT_EQ(Read(lead).score(), 3);
  EXPECT_EQ(Read(lead).scoring_version(), 1u);
  ASSERT_TRUE(Send(&Leads::ScoreLead, *leads_, For<sales::ScoreLeadRequest>(lead)).ok());
  EXPECT_EQ(Read(lead).score(), 7);
  EXPECT_EQ(Read(lead).scoring_version(), 2u);
}

// Policies that the stream itself has just published decide, before they are durable and in a dry
// run.
TEST_F(LeadAssignmentTest, E12_E14_PoliciesOfTheSameStreamDecide) {
  const std::string ada = server_.CreateUser("Ada");
  const std::string rules = server_.NewId();
  const std::string policy = server_.NewId();
  for (const bool dry_run : {true, false}) {
    CommandBatch batch;
    batch.Add(For<setup::DefineScoringPolicyRequest>(
        policy, "name: 'Fit' rules { id: 'big' condition: 'employees > 9' points: 3 }"));
    batch.Add(For<setup::PublishScoringPolicyRequest>(policy));
    batch.Add(For<setup::DefineAssignmentRuleRequest>(
        rules, absl::StrCat("name: 'Desk' steps { id: 'all' members { user_id: '", ada, "' } }")));
    batch.Add(For<setup::PublishAssignmentRuleRequest>(rules));
    for (int i = 0; i < 3; ++i) {
      batch.Add(For<sales::CaptureLeadRequest>(
          server_.NewId(), "kind: LEAD_KIND_COMPANY company: 'Mill' employees: 10 by_rules: true"));
    }
    const auto results = batch.Send(server_, dry_run);
    for (const auto& result : results) EXPECT_EQ(result.code(), 0) << result.index();
    // Captured, scored, assigned, and counted.
    for (const size_t lead : {4, 5, 6}) EXPECT_EQ(results[lead].receipt().events(), 4u) << lead;
  }
  EXPECT_EQ(ReadRules(rules).turns(), 3u);
}

}  // namespace
}  // namespace daybook::testing
