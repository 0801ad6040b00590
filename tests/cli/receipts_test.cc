#include "cli/receipts.h"

#include "gtest/gtest.h"

namespace daybook::cli {
namespace {

rpc::v1::Receipt Receipt(uint32_t events, bool replayed) {
  rpc::v1::Receipt receipt;
  receipt.set_events(events);
  receipt.set_replayed(replayed);
  return receipt;
}

std::string Noted(const rpc::v1::Receipt& receipt) {
  testing::internal::CaptureStderr();
  NoteUnchanged(receipt);
  return testing::internal::GetCapturedStderr();
}

TEST(ReceiptsTest, WhatWroteNothingNowIsUnchanged) {
  EXPECT_FALSE(Unchanged(Receipt(1, false)));
  EXPECT_TRUE(Unchanged(Receipt(0, false)));
  EXPECT_TRUE(Unchanged(Receipt(1, true))) << "the answer of an earlier call";
}

TEST(ReceiptsTest, SentencesAndNotesTellIt) {
  EXPECT_EQ(DoneOrAlready("revoked", Receipt(1, false)), "revoked");
  EXPECT_EQ(DoneOrAlready("revoked", Receipt(0, false)), "revoked already");
  EXPECT_EQ(Noted(Receipt(1, false)), "");
  EXPECT_EQ(Noted(Receipt(0, false)), "unchanged: it already was so\n");
  EXPECT_EQ(Noted(Receipt(1, true)), "unchanged: this request had been carried out before\n");
}

}  // namespace
}  // namespace daybook::cli
