// Conversion through the whole server: commands that follow from a command, in one commit.

#include <thread>

#include "absl/strings/str_cat.h"
#include "daybook/sales/v1/lead_events.pb.h"
#include "tests/services/lead_fixture.h"

namespace daybook::testing {
namespace {

namespace party = ::daybook::party::v1;
namespace sales = ::daybook::sales::v1;

constexpr char kCompany[] =
    "kind: LEAD_KIND_COMPANY company: 'Mill' country: 'DE' family_name: 'Lovelace' email: "
    "'ada@b.example'";

class LeadConversionTest : public LeadFixture {
 protected:
  std::string owner_ = server_.CreateUser("Grace");
};

TEST_F(LeadConversionTest, F080_OneCommitHoldsLeadAccountContactAndOpportunity) {
  const std::string lead = Good(kCompany, owner_);
  const uint64_t before = server_.Head();
  sales::ConvertLeadResponse response;
  const auto request = For<sales::ConvertLeadRequest>(
      lead, "new_account { tax_number: 'DE1' } new_opportunity { subject: 'First' }");
  ASSERT_TRUE(Convert(request, &response).ok());
  EXPECT_EQ(response.receipt().events(), 4u);
  EXPECT_EQ(response.receipt().position(), before + 4);
  EXPECT_EQ(response.lead().state(), sales::LEAD_STATE_CONVERTED);
  // Positions are contiguous and of one commit.
  const auto events = EventsAfter(before);
  ASSERT_EQ(events.size(), 4u);
  const std::vector<std::string> types = {"lead.converted", "account.created", "contact.created",
                                          "opportunity.created"};
  for (size_t i = 0; i < events.size(); ++i) {
    EXPECT_EQ(events[i].type(), types[i]);
    EXPECT_EQ(events[i].position(), before + 1 + i);
    EXPECT_EQ(events[i].commit_index(), i);
    EXPECT_EQ(events[i].commit_count(), 4u);
    EXPECT_EQ(events[i].request_id(), request.header().request_id());
  }
  EXPECT_EQ(events[1].stream(), "account/" + response.lead().account_id());
  EXPECT_EQ(events[2].stream(), "contact/" + response.lead().contact_id());
  EXPECT_EQ(events[3].stream(), "opportunity/" + response.lead().opportunity_id());
  // Nothing was moved: the lead keeps its values and its history.
  EXPECT_EQ(Read(lead).family_name(), "Lovelace");
  EXPECT_EQ(Read(lead).meta().revision(), 5u);
  party::GetContactRequest get;
  get.set_id(response.lead().contact_id());
  party::GetContactResponse contact;
  ASSERT_TRUE(Send(&party::ContactService::Stub::GetContact, *contacts_, get, &contact).ok());
  EXPECT_EQ(contact.contact().family_name(), "Lovelace");
  EXPECT_EQ(contact.contact().account_id(), response.lead().account_id());
}

TEST_F(LeadConversionTest, F060_AccountAppearsAmongThoseOfTheLeadsOwner) {
  ASSERT_TRUE(Convert(For<sales::ConvertLeadRequest>(Good(kCompany, owner_))).ok());
  party::ListAccountsRequest list;
  list.mutable_header()->set_min_position(server_.Head());
  list.set_filter(absl::StrCat("owner_id = \"", owner_, "\""));
  party::ListAccountsResponse mine;
  ASSERT_TRUE(Send(&party::AccountService::Stub::ListAccounts, *accounts_, list, &mine).ok());
  ASSERT_EQ(mine.accounts_size(), 1);
  EXPECT_EQ(mine.accounts(0).name(), "Mill");
}

TEST_F(LeadConversionTest, F060_ExistingAccountKeepsItsManager) {
  party::CreateAccountRequest create;
  *create.mutable_header() = server_.Header();
  create.set_name("Mill");
  create.set_owner_id(server_.CreateUser("Ada"));
  party::CreateAccountResponse account;
  ASSERT_TRUE(Send(&party::AccountService::Stub::CreateAccount, *accounts_, create, &account).ok());
  auto request = For<sales::ConvertLeadRequest>(Good(kCompany, owner_));
  request.set_account_id(account.account().id());
  const uint64_t before = server_.Head();
  ASSERT_TRUE(Convert(request).ok());
  const auto events = EventsAfter(before);
  ASSERT_EQ(events.size(), 2u);  // the lead and its contact; nothing happened to the account
  EXPECT_EQ(events[1].type(), "contact.created");
}

TEST_F(LeadConversionTest, F080_TheSameRequestAndALaterOneAnswerTheFirstResult) {
  const std::string lead = Good(kCompany, owner_);
  const auto request = For<sales::ConvertLeadRequest>(lead);
  sales::ConvertLeadResponse first;
  sales::ConvertLeadResponse again;
  ASSERT_TRUE(Convert(request, &first).ok());
  ASSERT_TRUE(Convert(request, &again).ok());
  EXPECT_TRUE(again.receipt().replayed());
  again.mutable_receipt()->clear_replayed();
  EXPECT_EQ(again.SerializeAsString(), first.SerializeAsString());
  server_.Restart();
  leads_ = sales::LeadService::NewStub(server_.channel());
  ASSERT_TRUE(Convert(request, &again).ok());
  EXPECT_TRUE(again.receipt().replayed());
  again.mutable_receipt()->clear_replayed();
  EXPECT_EQ(again.SerializeAsString(), first.SerializeAsString());
  const uint64_t before = server_.Head();
  ASSERT_TRUE(
      Convert(For<sales::ConvertLeadRequest>(lead, "new_account { name: 'X' }"), &again).ok());
  EXPECT_EQ(again.lead().account_id(), first.lead().account_id());
  EXPECT_EQ(again.receipt().events(), 0u);
  EXPECT_EQ(server_.Head(), before);
}

TEST_F(LeadConversionTest, ValidateOnlyWritesNothing) {
  const std::string lead = Good(kCompany, owner_);
  const uint64_t before = server_.Head();
  auto request = For<sales::ConvertLeadRequest>(lead, "new_opportunity { subject: 'First' }");
  request.mutable_header()->set_validate_only(true);
  sales::ConvertLeadResponse response;
  ASSERT_TRUE(Convert(request, &response).ok());
  EXPECT_EQ(response.receipt().events(), 4u);
  EXPECT_EQ(response.lead().state(), sales::LEAD_STATE_CONVERTED);
  EXPECT_EQ(server_.Head(), before);
  EXPECT_EQ(Read(lead).state(), sales::LEAD_STATE_GOOD);
}

TEST_F(LeadConversionTest, RefusedFollowUpLeavesNothingAndTheLeadCanBeConvertedLater) {
  ASSERT_TRUE(Convert(For<sales::ConvertLeadRequest>(Good(kCompany, owner_),
                                                     "new_account { tax_number: "
                                                     "'T1' }"))
                  .ok());
  const std::string lead =
      Good("kind: LEAD_KIND_COMPANY company: 'Twin' email: 'twin@b.example' phone: '+4930123456'",
           owner_);
  const uint64_t before = server_.Head();
  const auto refused = [&](const std::string& text) {
    const grpc::Status status = Convert(For<sales::ConvertLeadRequest>(lead, text));
    EXPECT_FALSE(status.ok());
    EXPECT_EQ(server_.Head(), before);
    return RefusalOf(status);
  };
  // By a claim of the account, by a rule of the opportunity, by the shape of a follow-up.
  EXPECT_EQ(refused("new_account { tax_number: 'T1' }").reason, "DUPLICATE_KEY");
  const Refusal stage = refused("new_opportunity { subject: 'First' stage: 'moon' }");
  EXPECT_EQ(stage.reason, "INVALID_FIELD");
  EXPECT_EQ(stage.metadata.at("field"), "stage");
  EXPECT_EQ(refused("new_account { external_key: 'x' }").reason, "INVALID_FIELD");
  // validate_only finds the claim as well.
  auto dry = For<sales::ConvertLeadRequest>(lead, "new_account { tax_number: 'T1' }");
  dry.mutable_header()->set_validate_only(true);
  EXPECT_EQ(RefusalOf(Convert(dry)).reason, "DUPLICATE_KEY");
  EXPECT_EQ(Read(lead).state(), sales::LEAD_STATE_GOOD);
  EXPECT_TRUE(Convert(For<sales::ConvertLeadRequest>(lead)).ok());
}

TEST_F(LeadConversionTest, F080_WhatIsMissingIsListedInBadRequest) {
  const std::string lead = Good("kind: LEAD_KIND_PERSON email: 'ada@b.example'", owner_);
  const Refusal refusal = RefusalOf(Convert(For<sales::ConvertLeadRequest>(lead)));
  EXPECT_EQ(refusal.reason, "MISSING_REQUIRED_FOR_STATE");
  EXPECT_EQ(refusal.fields,
            (std::vector<std::string>{"new_account.name", "new_contact.family_name"}));
}

TEST_F(LeadConversionTest, StaleExpectedRevisionIsAConflict) {
  const std::string lead = Good(kCompany, owner_);
  auto request = For<sales::ConvertLeadRequest>(lead);
  request.mutable_header()->set_expected_revision(3);
  const Refusal refusal = RefusalOf(Convert(request));
  EXPECT_EQ(refusal.reason, "REVISION_CONFLICT");
  EXPECT_EQ(refusal.metadata.at("actual"), "4");
  request.mutable_header()->set_expected_revision(4);
  EXPECT_TRUE(Convert(request).ok());
}

// Also with an expected revision, which speaks of the lead: what happens to the account meanwhile
// is looked at again.
TEST_F(LeadConversionTest, RaceWithCommandsOnTheSameAccountIsDecidedAgain) {
  const std::string account = server_.CreateAccount("Mill");
  std::vector<std::string> leads;
  for (int i = 0; i < 20; ++i)
    leads.push_back(Good("kind: LEAD_KIND_COMPANY company: 'M'", owner_));
  std::atomic<bool> stop = false;
  std::thread rival([&] {
    for (int i = 0; !stop; ++i) {
      party::UpdateAccountRequest update;
      *update.mutable_header() = server_.Header();
      update.set_id(account);
      update.mutable_account()->set_website(absl::StrCat("https://", i, ".example"));
      update.mutable_update_mask()->add_paths("website");
      EXPECT_TRUE(Send(&party::AccountService::Stub::UpdateAccount, *accounts_, update).ok());
    }
  });
  for (const std::string& lead : leads) {
    auto request = For<sales::ConvertLeadRequest>(
        lead, "new_contact { family_name: 'Lovelace' } new_opportunity { subject: 'First' }");
    request.set_account_id(account);
    request.mutable_header()->set_expected_revision(4);
    const grpc::Status status = Convert(request);
    EXPECT_TRUE(status.ok()) << status.error_message();
  }
  stop = true;
  rival.join();
}

// Capture to conversion and on, without waiting for anything to be durable.
TEST_F(LeadConversionTest, CommandsOfOneStreamSeeWhatFollowedFromEarlierOnes) {
  const std::string account = server_.NewId();
  const std::string contact = server_.NewId();
  const std::string lead = server_.NewId();
  const auto run = [&](bool dry_run) {
    CommandBatch batch;
    batch.Add(For<party::CreateAccountRequest>(account, "name: 'Mill'"));
    batch.Add(For<party::CreateContactRequest>(contact, "family_name: 'Lovelace'"));
    auto capture = For<sales::CaptureLeadRequest>(lead, kCompany);
    capture.set_owner_id(owner_);
    batch.Add(capture);
    batch.Add(For<sales::StartWorkingLeadRequest>(lead));
    batch.Add(For<sales::MarkLeadGoodRequest>(lead));
    auto convert = For<sales::ConvertLeadRequest>(lead);
    convert.set_account_id(account);
    convert.set_contact_id(contact);
    batch.Add(convert);
    convert.mutable_header()->set_request_id(server_.NewId());
    batch.Add(convert);  // the seventh changes nothing
    auto link = For<party::LinkContactAccountRequest>(contact);
    link.set_account_id(account);
    batch.Add(link);  // nor does the eighth: the conversion did it
    batch.Add(For<party::ArchiveContactRequest>(contact));
    std::vector<uint32_t> events;
    for (const auto& result : batch.Send(server_, dry_run)) {
      EXPECT_EQ(result.code(), 0) << result.index();
      events.push_back(result.receipt().events());
    }
    return events;
  };
  const uint64_t before = server_.Head();
  const std::vector<uint32_t> expected = {1, 1, 2, 1, 1, 2, 0, 0, 1};
  EXPECT_EQ(run(true), expected);
  EXPECT_EQ(server_.Head(), before);
  EXPECT_EQ(run(false), expected);
  EXPECT_EQ(server_.Head(), before + 9);
  EXPECT_EQ(Read(lead).contact_id(), contact);
}

}  // namespace
}  // namespace daybook::testing
