// Personal values in views: opened for readers, never in clear on disk but in the indexes made for
// them.

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "daybook/party/v1/contact_events.pb.h"
#include "projections/views.h"
#include "tests/projections/random_history.h"
#include "tests/projections/views_support.h"
#include "tests/support/proto_matchers.h"

namespace daybook::projections {
namespace {

using daybook::testing::LogBuilder;
using daybook::testing::RandomHistory;

// A contact's events as a test writes them.
std::string AddContact(LogBuilder& log, absl::string_view family_name) {
  const std::string id = log.NewId();
  party::v1::ContactEvent event;
  auto* contact = event.mutable_created()->mutable_contact();
  contact->set_id(id);
  contact->set_family_name(std::string(family_name));
  contact->set_email("first@example.org");
  log.Add("contact", id, event).Commit();
  return id;
}

party::v1::Contact Read(const Snapshot& snapshot, const std::string& id) {
  const auto record = snapshot.GetRecord(*domain::Registry::Get().Find("contact"), id);
  EXPECT_TRUE(record.ok()) << record.status();
  if (!record.ok() || *record == nullptr) return {};
  const auto& contact = static_cast<const party::v1::Contact&>(**record);
  // As bytes it is the same, opened.
  const auto bytes = snapshot.GetSerialized(*domain::Registry::Get().Find("contact"), id);
  party::v1::Contact parsed;
  EXPECT_TRUE(bytes.ok() && bytes->has_value() && parsed.ParseFromString(**bytes));
  EXPECT_THAT(parsed, daybook::testing::EqualsProto(contact));
  return contact;
}

TEST(PersonalTest, ValuesOfSeveralEventsAreOpenedNowAndInThePast) {
  LogBuilder log;
  const std::string id = AddContact(log, "Lovelace");
  party::v1::ContactEvent event;
  event.mutable_fields_changed()->mutable_fields()->add_paths("email");
  event.mutable_fields_changed()->mutable_before()->set_email("first@example.org");
  event.mutable_fields_changed()->mutable_after()->set_email("second@example.org");
  log.Add("contact", id, event).Commit();
  auto views = OpenCaughtUp(log);
  EXPECT_EQ(Read(*views->Now(), id).family_name(), "Lovelace");
  EXPECT_EQ(Read(*views->Now(), id).email(), "second@example.org");
  EXPECT_EQ(Read(**views->AsOf(1), id).email(), "first@example.org");
}

TEST(PersonalTest, EventsDecodeWithTokensAndOpened) {
  LogBuilder log;
  AddContact(log, "Lovelace");
  const auto event = log.store().ReadEvent(1);
  ASSERT_TRUE(event.ok());
  const auto tokens = DecodeWithTokens(*event);
  ASSERT_TRUE(tokens.ok()) << tokens.status();
  const auto& folded = static_cast<const party::v1::ContactEvent&>(**tokens);
  EXPECT_EQ(folded.created().contact().family_name()[0], '\x01');
  const auto opened = DecodeOpened(*event, log.keys());
  ASSERT_TRUE(opened.ok()) << opened.status();
  const auto& clear = static_cast<const party::v1::ContactEvent&>(**opened);
  EXPECT_EQ(clear.created().contact().family_name(), "Lovelace");
  eventstore::RecordedEvent unknown = *event;
  unknown.stream.aggregate = "nonsense";
  EXPECT_THAT(DecodeWithTokens(unknown).status(),
              daybook::testing::HasReason(Reason::REASON_DATA_LOSS));
  unknown = *event;
  unknown.payload = "\xff\xff";
  EXPECT_THAT(DecodeOpened(unknown, log.keys()).status(),
              daybook::testing::HasReason(Reason::REASON_DATA_LOSS));
}

std::string Bytes(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

// Secrets are random hexadecimal digits, so no compressor hides one that is there.
TEST(PersonalTest, NoValueIsClearInAnyFileButTheIndexesMadeForIt) {
  const std::string path = FreshPath("views_personal");
  LogBuilder log;
  // Given names have no index: they must not be found in any file. Family names and addresses have
  // one.
  RandomHistory history(log, 44);
  history.Steps(300);
  {
    auto views = Views::Open(path, log.store(), log.keys(), {});
    ASSERT_TRUE(views.ok());
    ASSERT_OK((*views)->WaitForBlocking(log.store().GetHead().position, Soon()));
    history.Steps(50);
    ASSERT_OK((*views)->WaitForBlocking(log.store().GetHead().position, Soon()));
  }
  {
    // No row of any view holds one, now or in the past.
    auto views = Views::Open(path, log.store(), log.keys(), {});
    ASSERT_TRUE(views.ok());
    std::string rows;
    for (const bool past : {false, true}) {
      const auto snapshot =
          past ? *(*views)->AsOf(log.store().GetHead().position - 1) : (*views)->Now();
      for (const ViewStatus& status : (*views)->Status()) {
        ASSERT_OK(snapshot->ScanRows(status.name, "", "",
                                     [&](absl::string_view key, absl::string_view value) {
                                       rows.append(key.data(), key.size());
                                       rows.append(value.data(), value.size());
                                       return true;
                                     }));
      }
    }
    EXPECT_GT(rows.size(), 10'000u);
    for (const std::string& secret : history.secrets()) {
      EXPECT_EQ(rows.find(secret.substr(secret.find('-'))), std::string::npos) << secret;
    }
  }
  std::string everything;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
    if (entry.is_regular_file()) everything += Bytes(entry.path());
  }
  size_t given = 0, indexed = 0;
  for (const std::string& secret : history.secrets()) {
    const bool found = everything.find(secret.substr(secret.find('-'))) != std::string::npos;
    if (secret.rfind("Given", 0) == 0) {
      ++given;
      EXPECT_FALSE(found) << secret;
    } else {
      indexed += found;
    }
  }
  EXPECT_GT(given, 5u);
  EXPECT_GT(indexed, 0u);  // otherwise the search itself finds nothing
}

}  // namespace
}  // namespace daybook::projections
