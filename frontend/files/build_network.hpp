// SPDX-License-Identifier: Apache-2.0
// Conversion between documents and networks.
#pragma once

#include "files/document.hpp"
#include "files/source.hpp"

namespace synfire::files {

// The network that the document describes, with the places of all its parts. `root`: the text that the document was
// read from.
Network build_network(Document document, const json::Node& root, const Source& source);

// A document from which `build_network` builds an equal network, with equal problems. It contains the definitions of
// all models.
Document document_of(const Network& network);

}  // namespace synfire::files
