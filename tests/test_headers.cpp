// SPDX-License-Identifier: Apache-2.0
// The program synfire_test_headers exists for its precompiled header, which the tests share.
int main() {}
