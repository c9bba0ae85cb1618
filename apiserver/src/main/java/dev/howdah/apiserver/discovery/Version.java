// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.discovery;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.apiserver.json.Json;

/// The answer to `/version`: which Kubernetes API this is.
public final class Version {
  private Version() {}

  /// The `version.Info` object.
  public static ObjectNode tree() {
    return Json.object()
        .put("major", "1")
        .put("minor", "32")
        .put("gitVersion", "v1.32.0+howdah")
        .put("gitCommit", "")
        .put("gitTreeState", "clean")
        .put("buildDate", "2026-01-01T00:00:00Z")
        .put("goVersion", "")
        .put("compiler", "javac")
        .put("platform", "linux/" + arch());
  }

  private static String arch() {
    return switch (System.getProperty("os.arch", "")) {
      case "aarch64" -> "arm64";
      default -> "amd64";
    };
  }
}
