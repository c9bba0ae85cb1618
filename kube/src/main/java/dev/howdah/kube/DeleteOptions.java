// SPDX-License-Identifier: Apache-2.0
package dev.howdah.kube;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/// How to delete: only this very object (UID, resource version), what happens to its dependents,
/// and how long it may take to stop.
///
/// Null means: no such condition, or the server's default.
public record DeleteOptions(
    @Nullable String uid,
    @Nullable String resourceVersion,
    @Nullable Propagation propagation,
    @Nullable Duration gracePeriod) {
  public static final DeleteOptions DEFAULT = new DeleteOptions(null, null, null, null);

  /// What happens to objects owned by the deleted one.
  public enum Propagation {
    BACKGROUND("Background"),
    FOREGROUND("Foreground"),
    ORPHAN("Orphan");

    private final String word;

    Propagation(String word) {
      this.word = word;
    }
  }

  /// Delete only the object with this UID, never a later one of the same name.
  public static DeleteOptions ofUid(String uid) {
    return new DeleteOptions(uid, null, null, null);
  }

  public DeleteOptions propagation(Propagation value) {
    return new DeleteOptions(uid, resourceVersion, value, gracePeriod);
  }

  public DeleteOptions gracePeriod(Duration value) {
    return new DeleteOptions(uid, resourceVersion, propagation, value);
  }

  public DeleteOptions resourceVersion(String value) {
    return new DeleteOptions(uid, value, propagation, gracePeriod);
  }

  ObjectNode body() {
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    body.put("apiVersion", "v1").put("kind", "DeleteOptions");
    if (uid != null) {
      body.withObject("/preconditions").put("uid", uid);
    }
    if (resourceVersion != null) {
      body.withObject("/preconditions").put("resourceVersion", resourceVersion);
    }
    if (propagation != null) {
      body.put("propagationPolicy", propagation.word);
    }
    if (gracePeriod != null) {
      body.put("gracePeriodSeconds", gracePeriod.toSeconds());
    }
    return body;
  }
}
