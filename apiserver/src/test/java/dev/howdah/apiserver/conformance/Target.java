// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.conformance;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.List;

/// A server that answers requests: the one under test, or the oracle.
interface Target {
  /// One answer.
  record Answer(int code, JsonNode body, List<String> warnings) {
    Answer(int code, JsonNode body) {
      this(code, body, List.of());
    }
  }

  Answer send(String method, String path, String contentType, String body) throws IOException;
}
