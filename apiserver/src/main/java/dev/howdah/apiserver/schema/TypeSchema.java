// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.schema;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// All the server knows of one kind in one version, built-in or custom. The order of use for a
/// write is [#malformed], [#prune], admission, [#applyDefaults], [#validate].
public interface TypeSchema {
  /// The schema of a whole object, `apiVersion`, `kind` and `metadata` included.
  Schema schema();

  /// Removes the fields that are not declared, and returns the paths of those a client should hear
  /// of, such as `spec.foo`, in order.
  List<String> prune(ObjectNode object);

  /// Why an object cannot even be read as this kind (a text where a number belongs in a built-in
  /// kind or in `metadata`), or absent. The server answers 400: `Pod in version "v1" cannot be
  /// handled as a Pod: ` and this text. To be asked before anything else.
  @Nullable String malformed(ObjectNode object);

  /// Sets absent fields that have a default.
  void applyDefaults(ObjectNode object);

  /// What is wrong with an object. `old` is the stored object for an update, absent for a creation;
  /// `metadata` must be filled in already.
  List<FieldError> validate(ObjectNode object, @Nullable ObjectNode old);
}
