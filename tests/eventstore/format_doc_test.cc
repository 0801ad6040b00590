// The bytes in docs/formats/event_log.md are the bytes that the code writes.

#include <fstream>
#include <map>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "eventstore/commit_sequencer.h"
#include "eventstore/directory_files.h"
#include "eventstore/envelope_codec.h"
#include "eventstore/hash.h"
#include "eventstore/log_format.h"
#include "eventstore/sealing.h"
#include "eventstore/witness.h"
#include "tests/eventstore/store_support.h"

namespace daybook::eventstore {
namespace {

// The blocks of the document that begin with "```dump NAME". A line is an offset, two spaces, hex
// bytes, and after two more spaces what they mean.
std::map<std::string, std::string> ReadDumps() {
  std::ifstream file(absl::StrCat(DAYBOOK_SOURCE_DIR, "/docs/formats/event_log.md"));
  std::map<std::string, std::string> dumps;
  std::string line;
  std::string name;
  while (std::getline(file, line)) {
    if (line.substr(0, 8) == "```dump ") {
      name = line.substr(8);
    } else if (line.substr(0, 3) == "```") {
      name.clear();
    } else if (!name.empty()) {
      const std::vector<std::string> columns = absl::StrSplit(line, absl::MaxSplits("  ", 2));
      EXPECT_GE(columns.size(), 2u) << line;
      EXPECT_EQ(columns[0], absl::StrCat(absl::Hex(dumps[name].size(), absl::kZeroPad4))) << line;
      for (const absl::string_view byte : absl::StrSplit(columns[1], ' ', absl::SkipEmpty())) {
        EXPECT_EQ(byte.size(), 2u) << line;
        dumps[name] += absl::HexStringToBytes(byte);
      }
    }
  }
  return dumps;
}

Uuid Id(const char* text) { return *Uuid::Parse(text); }

constexpr char kRequest[] = "018fd3c5-0000-7000-8000-000000000001";
constexpr char kActor[] = "018fd3c5-0000-7000-8000-00000000000a";
constexpr char kStream[] = "018fd3c5-0000-7000-8000-0000000000c1";
constexpr int64_t kRecordedAtUs = 1'717'243'200'000'000;   // 2024-06-01T12:00:00Z
constexpr int64_t kEffectiveAtUs = 1'717'113'600'000'000;  // 2024-05-31T00:00:00Z

EncodedEvent DocumentedEvent() {
  NewEvent event;
  event.stream = {"contact", Id(kStream)};
  event.type = "contact.created";
  event.payload = "public";
  event.metadata = "meta";
  event.tags = {"vip"};
  event.effective_at = absl::FromUnixMicros(kEffectiveAtUs);
  const PersonKey key = PersonKey::FromSecret(std::string(32, '\x33'));
  const SealContext context{Id(kRequest), 0, 0, event.stream, event.type, 1};
  event.sealed.push_back(SealPart(key, context, "Erika", std::string(16, '\x22')));
  EncodedEvent encoded =
      EncodeEvent({0, 2, Id(kRequest), Id(kActor), 1}, event, std::string(16, '\x11'));
  StampEvent({42, 3, kRecordedAtUs, kBackfilled}, &encoded);
  return encoded;
}

void ExpectDump(const std::string& name, const std::string& bytes) {
  static const std::map<std::string, std::string> dumps = ReadDumps();
  const auto dump = dumps.find(name);
  ASSERT_NE(dump, dumps.end()) << name << " is " << HexOf(bytes);
  EXPECT_EQ(HexOf(dump->second), HexOf(bytes)) << name;
}

TEST(FormatDocumentTest, StoredEvent) {
  const EncodedEvent event = DocumentedEvent();
  ExpectDump("event", event.value);
  EXPECT_TRUE(DecodeEvent(event.value, HashCheck::kCheck).ok());
}

TEST(FormatDocumentTest, LeafOfTheEvent) {
  ExpectDump("leaf", std::string(Bytes(LeafHash(DocumentedEvent().header()))));
}

TEST(FormatDocumentTest, SealedPartOfTheEventOpens) {
  const RecordedEvent event = *DecodeEvent(DocumentedEvent().value, HashCheck::kCheck);
  const PersonKey key = PersonKey::FromSecret(std::string(32, '\x33'));
  EXPECT_EQ(*OpenPart(key, event.seal_context(0), event.sealed[0]), "Erika");
  ExpectDump("aad", AadOf(event.seal_context(0), key.id));
}

TEST(FormatDocumentTest, StateRow) {
  LogState state;
  for (const char* leaf : {"a", "b", "c"}) state.range.Append(LeafHash(leaf));
  state.commits = 2;
  state.recorded_at_us = kRecordedAtUs;
  state.live = true;
  ExpectDump("state", EncodeLogState(state));
  EXPECT_EQ(DecodeLogState(EncodeLogState(state))->range.Root(), state.range.Root());
}

TEST(FormatDocumentTest, WitnessSlot) {
  const std::string slot = EncodeWitnessSlot({5, 42, 17, Sha256("root")});
  ExpectDump("witness", slot.substr(0, 64));
  EXPECT_EQ(slot.find_first_not_of('\0', 64), std::string::npos);
}

TEST(FormatDocumentTest, Identity) {
  std::ifstream file(absl::StrCat(DAYBOOK_SOURCE_DIR, "/docs/formats/event_log.md"));
  const std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  EXPECT_NE(text.find(EncodeIdentity(Id(kStream))), std::string::npos)
      << EncodeIdentity(Id(kStream));
}

TEST(StateRowTest, EveryOtherLengthIsRefused) {
  LogState state;
  for (const char* leaf : {"a", "b", "c"}) state.range.Append(LeafHash(leaf));
  const std::string row = EncodeLogState(state);
  for (size_t size = 0; size < row.size(); ++size) {
    EXPECT_EQ(ReasonOf(DecodeLogState(row.substr(0, size)).status()), Reason::REASON_DATA_LOSS);
  }
  EXPECT_FALSE(DecodeLogState(row + "x").ok());
}

}  // namespace
}  // namespace daybook::eventstore
