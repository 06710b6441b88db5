// SPDX-License-Identifier: Apache-2.0
// Files in the layout of the Spiking Heidelberg Digits and Spiking Speech Commands (Cramer, Stradmann, Schemmel and
// Zenke, IEEE Transactions on Neural Networks and Learning Systems 33, 2022; docs/events.md):
//
//   const EventFiles train(open_shd("shd_train.h5"), {.window = EventWindow{0, 1000}});
//   model.train({{input, train}}, {{output, train.labels()}});
//
//   spikes/times   lists of variable length of binary16, binary32 or binary64 numbers, s
//   spikes/units   lists of integers, as many and as long: the channel of each spike
//   labels         integers, one for each list; may be missing
//
// Others, such as extra/, are not looked at.
#pragma once

#include <filesystem>
#include <memory>

#include "synfire/events.hpp"

namespace synfire {

// Opens a file. Lengths and labels are read at once, spikes when an example is. Files are not trusted: sizes are
// compared with that of the file before memory is allocated. Throws DataError: file_access; malformed_file for what
// is not of this layout, and for claims that the file cannot hold; unsupported for compressed lists and other types of
// numbers; wrong_data_size for lists and labels that do not fit each other; invalid_value for labels below 0. Reading
// an example throws malformed_file, and invalid_value for channels that are not from 0 to 2^32 - 1.
std::shared_ptr<const ChannelFile> open_shd(const std::filesystem::path& path);

}  // namespace synfire
