// SPDX-License-Identifier: Apache-2.0
// Between what a document says and a network.
#pragma once

#include "files/document.hpp"
#include "files/json.hpp"

namespace synfire::files {

// The network that the document describes, with the places of all its parts. `root`: the text that the document was read
// from; `file`: how places call it.
Network build_network(Document document, const json::Node& root, const std::string& file);

// A document that `build_network` makes an equal network of, with equal problems. It has the texts of all models.
Document document_of(const Network& network);

}  // namespace synfire::files
