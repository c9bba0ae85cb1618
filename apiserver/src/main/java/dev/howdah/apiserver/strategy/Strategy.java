// SPDX-License-Identifier: Apache-2.0
package dev.howdah.apiserver.strategy;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.howdah.apiserver.request.DeleteOptions.Propagation;
import org.jspecify.annotations.Nullable;

/// What the server does for a kind beyond what it does for all. All methods may do nothing; trees
/// are changed in place.
public interface Strategy {
  /// Nothing special.
  Strategy PLAIN = new Strategy() {};

  /// Fills in what clients may leave out. Applied to every object that comes in, so it must be
  /// idempotent.
  default void defaults(ObjectNode object) {}

  /// Fills in or resets what belongs to the server, after admission.
  default void prepareForCreate(ObjectNode object, boolean dryRun) {}

  /// The same for an update; `old` is what is stored.
  default void prepareForUpdate(ObjectNode object, ObjectNode old, boolean dryRun) {}

  /// Judges an object by itself.
  default void validate(ObjectNode object, Errors errors) {}

  /// Judges a change, beside [#validate].
  default void validateUpdate(ObjectNode object, ObjectNode old, Errors errors) {}

  /// Whether the name is a good one for the kind; most want a DNS name.
  default void validateName(String name, Errors errors) {
    Names.subdomain(name, errors);
  }

  /// Whether an update of an object that does not exist creates it.
  default boolean createsOnUpdate() {
    return false;
  }

  /// Whether an update must say which state it is based on.
  default boolean requiresVersion() {
    return false;
  }

  /// Whether the deletion answers with the object rather than with a Status.
  default boolean answersDeletionWithObject() {
    return false;
  }

  /// Whether `metadata.generation` counts changes of the desired state.
  default boolean countsGenerations() {
    return false;
  }

  /// Whether a new object may bring its status, as nodes do.
  default boolean keepsStatusOnCreate() {
    return false;
  }

  /// What happens to dependents when the client does not say; null leaves them to the background.
  default @Nullable Propagation defaultPropagation() {
    return null;
  }

  /// Refuses a deletion by throwing.
  default void checkDelete(ObjectNode object) {}

  /// Notes in an object that its deletion has begun.
  default void prepareForDelete(ObjectNode object) {}

  /// What to tell a client whose deletion leaves dependents behind, because it did not say
  /// otherwise.
  default String orphanWarning() {
    return "dependents are preserved; set propagationPolicy=Background to remove them";
  }

  /// Whether the end of an object may take time.
  default boolean endsGracefully() {
    return false;
  }

  /// Seconds an object may take to end, 0 for at once. `wanted` is negative when the client does
  /// not say.
  default long gracePeriod(ObjectNode object, long wanted) {
    return 0;
  }
}
