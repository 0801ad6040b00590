#include "eventstore/envelope_codec.h"

#include <rapidcheck.h>

#include <algorithm>
#include <set>

#include "absl/strings/str_cat.h"
#include "domain/base/strings.h"
#include "eventstore/hash.h"
#include "eventstore/log_format.h"
#include "tests/eventstore/store_support.h"

namespace daybook::eventstore {
namespace {

std::string ArbitraryBytes(size_t size) {
  return *rc::gen::container<std::string>(size, rc::gen::arbitrary<char>());
}
Hash ArbitraryHash() { return HashFromBytes(ArbitraryBytes(32)); }
Uuid ArbitraryId() { return Uuid::FromBytes(ArbitraryBytes(16)); }
size_t Size(size_t min, size_t max) { return *rc::gen::inRange(min, max + 1); }

std::vector<std::string> ArbitraryTags() {
  std::set<std::string> tags;
  const size_t count = Size(0, kTagsMax);
  while (tags.size() < count) tags.insert(ArbitraryBytes(Size(1, 20)));
  return {tags.begin(), tags.end()};
}

EventHeader ArbitraryHeader() {
  EventHeader h;
  h.commit_count = static_cast<uint16_t>(Size(1, kEventsPerCommitMax));
  h.commit_index = static_cast<uint16_t>(Size(0, h.commit_count - 1u));
  h.position = h.commit_index + 1u + *rc::gen::inRange<uint64_t>(0, uint64_t{1} << 60);
  h.revision = *rc::gen::inRange<uint64_t>(1, UINT64_MAX);
  h.recorded_at_us = *rc::gen::inRange<uint64_t>(0, uint64_t{1} << 62);
  h.effective_at_us = *rc::gen::arbitrary<int64_t>();
  h.request_id = ArbitraryId();
  h.actor = ArbitraryId();
  h.stream.aggregate = std::string(Size(1, kAggregateBytesMax), 'a');
  h.stream.id = ArbitraryId();
  h.type = ArbitraryBytes(Size(1, kEventTypeBytesMax));
  h.schema_set = *rc::gen::arbitrary<uint32_t>();
  h.flags = *rc::gen::inRange<uint16_t>(0, kKnownFlags + 1);
  h.tags = ArbitraryTags();
  h.body_hash = ArbitraryHash();
  for (size_t i = Size(0, kSealedPartsMax); i > 0; --i) {
    h.sealed.push_back({static_cast<uint8_t>(Size(1, 2)), ArbitraryHash(),
                        *rc::gen::inRange<uint32_t>(kSealedBytesMin, UINT32_MAX), ArbitraryHash()});
  }
  return h;
}

TEST(EventHeaderTest, DecodingUndoesEncoding) {
  EXPECT_TRUE(rc::check([] {
    const EventHeader header = ArbitraryHeader();
    const absl::StatusOr<EventHeader> read = DecodeHeader(EncodeHeader(header));
    RC_ASSERT(read.ok());
    RC_ASSERT(*read == header);
  }));
}

TEST(EventHeaderTest, EveryTruncationIsRefused) {
  EXPECT_TRUE(rc::check([] {
    const std::string bytes = EncodeHeader(ArbitraryHeader());
    for (size_t size = 0; size < bytes.size(); ++size) {
      RC_ASSERT(!DecodeHeader(absl::string_view(bytes).substr(0, size)).ok());
    }
    RC_ASSERT(!DecodeHeader(bytes + '\0').ok());
  }));
}

TEST(EventHeaderTest, EveryChangedBitIsRefusedOrSeen) {
  EXPECT_TRUE(rc::check([] {
    const EventHeader header = ArbitraryHeader();
    std::string bytes = EncodeHeader(header);
    const size_t bit = Size(0, bytes.size() * 8 - 1);
    bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
    const absl::StatusOr<EventHeader> read = DecodeHeader(bytes);
    if (!read.ok()) {
      RC_ASSERT(ReasonOf(read.status()) == Reason::REASON_DATA_LOSS);
    } else {
      RC_ASSERT(!(*read == header));
      RC_ASSERT(EncodeHeader(*read) == bytes);
    }
  }));
}

TEST(EventHeaderTest, ArbitraryBytesNeverDecodeToSomethingElse) {
  EXPECT_TRUE(rc::check([] {
    std::string bytes = absl::StrCat(kHeaderMagic, ArbitraryBytes(Size(0, 400)));
    const absl::StatusOr<EventHeader> read = DecodeHeader(bytes);
    if (read.ok()) RC_ASSERT(EncodeHeader(*read) == bytes);
  }));
}

TEST(EventHeaderTest, WrongOrderAndUnknownValuesAreRefused) {
  EventHeader good;
  good.position = 1;
  good.commit_count = 1;
  good.revision = 1;
  good.stream = TestStream(1);
  good.type = "t";
  ASSERT_TRUE(DecodeHeader(EncodeHeader(good)).ok());
  const auto refused = [&](const std::function<void(EventHeader*)>& change) {
    EventHeader bad = good;
    change(&bad);
    return !DecodeHeader(EncodeHeader(bad)).ok();
  };
  EXPECT_TRUE(refused([](EventHeader* h) { h->tags = {"b", "a"}; }));
  EXPECT_TRUE(refused([](EventHeader* h) { h->tags = {"a", "a"}; }));
  EXPECT_TRUE(refused([](EventHeader* h) { h->tags = {""}; }));
  EXPECT_TRUE(refused([](EventHeader* h) { h->flags = 4; }));
  EXPECT_TRUE(refused([](EventHeader* h) { h->position = 0; }));
  EXPECT_TRUE(refused([](EventHeader* h) { h->revision = 0; }));
  EXPECT_TRUE(refused([](EventHeader* h) { h->commit_index = 1; }));
  EXPECT_TRUE(refused([](EventHeader* h) { h->commit_count = kEventsPerCommitMax + 1; }));
  EXPECT_TRUE(refused([](EventHeader* h) { h->type = ""; }));
  EXPECT_TRUE(refused([](EventHeader* h) { h->type = std::string(201, 't'); }));
  EXPECT_TRUE(refused([](EventHeader* h) { h->stream.aggregate = "Deal"; }));
  EXPECT_TRUE(refused([](EventHeader* h) { h->stream.aggregate = std::string(101, 'a'); }));
  EXPECT_TRUE(refused([](EventHeader* h) { h->sealed = {{3, {}, 32, {}}}; }));
  EXPECT_TRUE(refused([](EventHeader* h) { h->sealed = {{1, {}, 31, {}}}; }));
  EXPECT_TRUE(refused([](EventHeader* h) { h->sealed.resize(17, {1, {}, 32, {}}); }));
}

EncodedEvent ArbitraryEvent() {
  NewEvent event = MakeEvent(TestStream(3), "deal.won", ArbitraryBytes(Size(0, 300)));
  event.metadata = ArbitraryBytes(Size(0, 100));
  event.tags = ArbitraryTags();
  for (size_t i = Size(0, 3); i > 0; --i) {
    event.sealed.push_back({1, ArbitraryHash(), ArbitraryBytes(Size(kSealedBytesMin, 90))});
  }
  EncodedEvent encoded = EncodeEvent({2, 5, TestId(9), TestId(8), 4}, event, ArbitraryBytes(16));
  StampEvent({77, 6, 1234567, kBackfilled}, &encoded);
  return encoded;
}

TEST(EventValueTest, DecodingGivesWhatWasEncoded) {
  EXPECT_TRUE(rc::check([] {
    NewEvent event = MakeEvent(TestStream(3), "deal.won", ArbitraryBytes(Size(0, 300)));
    event.tags = ArbitraryTags();
    event.sealed.push_back({1, ArbitraryHash(), ArbitraryBytes(60)});
    EncodedEvent encoded = EncodeEvent({2, 5, TestId(9), TestId(8), 4}, event, ArbitraryBytes(16));
    StampEvent({77, 6, 1234567, kBackfilled}, &encoded);
    const absl::StatusOr<RecordedEvent> read = DecodeEvent(encoded.value, HashCheck::kCheck);
    RC_ASSERT(read.ok());
    RC_ASSERT(read->position == 77u);
    RC_ASSERT(read->revision == 6u);
    RC_ASSERT(read->flags == kBackfilled);
    RC_ASSERT(read->recorded_at == absl::FromUnixMicros(1234567));
    RC_ASSERT(read->payload == event.payload);
    RC_ASSERT(read->metadata == event.metadata);
    RC_ASSERT(read->tags == event.tags);
    RC_ASSERT(read->sealed[0].blob == event.sealed[0].blob);
    RC_ASSERT(read->header == encoded.header());
  }));
}

TEST(EventValueTest, EveryChangedBitOfTheBodyIsRefused) {
  EXPECT_TRUE(rc::check([] {
    std::string value = ArbitraryEvent().value;
    const size_t body = 2 + HeaderOf(value).size();
    const size_t bit = Size(body * 8, value.size() * 8 - 1);
    value[bit / 8] = static_cast<char>(value[bit / 8] ^ (1 << (bit % 8)));
    RC_ASSERT(!DecodeEvent(value, HashCheck::kCheck).ok());
  }));
}

TEST(EventValueTest, EveryTruncationIsRefused) {
  EXPECT_TRUE(rc::check([] {
    const std::string value = ArbitraryEvent().value;
    for (size_t size = 0; size < value.size(); ++size) {
      RC_ASSERT(!DecodeEvent(absl::string_view(value).substr(0, size), HashCheck::kSkip).ok());
    }
    RC_ASSERT(!DecodeEvent(value + "x", HashCheck::kSkip).ok());
  }));
}

}  // namespace
}  // namespace daybook::eventstore
