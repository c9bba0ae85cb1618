// SPDX-License-Identifier: Apache-2.0
package dev.howdah.podruntime.pod;

import dev.howdah.podruntime.pod.ContainerSpec.Kind;
import dev.howdah.podruntime.pod.ContainerState.Ended;
import dev.howdah.podruntime.pod.ContainerState.Waiting;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/// Decides which containers of a pod to start and to stop. Pure.
///
/// @param actions what to do now
/// @param lookAgain when something will be due that no event announces
record PodPlan(List<Action> actions, Instant lookAgain) {
  /// What to do with a container.
  sealed interface Action {
    String container();

    record Start(String container) implements Action {}

    record Stop(String container) implements Action {}
  }

  /// What is decided on.
  ///
  /// @param containers in the order of their definition
  /// @param begun main containers were started since the init containers ran; after that, init
  ///   containers don't run again until everything has to be set up anew
  /// @param stopping the pod shall end, whatever its restart policy
  record View(
      RestartPolicy policy,
      List<ContainerState> containers,
      boolean begun,
      boolean stopping,
      Instant now) {
    /// The init containers have done their part.
    boolean initialized() {
      return begun
          || (of(Kind.INIT).stream().allMatch(ContainerState::hasSucceeded)
              && of(Kind.SIDECAR).stream().allMatch(ContainerState::isUp));
    }

    List<ContainerState> of(Kind kind) {
      return containers.stream().filter(state -> state.spec().kind() == kind).toList();
    }

    /// The main containers have ended and none will run again.
    boolean mainsDone() {
      return of(Kind.MAIN).stream()
          .allMatch(
              state -> state.now() instanceof Ended ended && !policy.restarts(ended.exitCode()));
    }

    /// An init container failed for good.
    boolean initFailed() {
      return policy == RestartPolicy.NEVER
          && of(Kind.INIT).stream().anyMatch(ContainerState::hasFailed);
    }

    /// Nothing runs, and nothing will.
    boolean isOver() {
      return containers.stream().noneMatch(ContainerState::isRunning)
          && (stopping || initFailed() || mainsDone());
    }
  }

  static PodPlan decide(View view) {
    if (view.stopping || view.initFailed() || view.mainsDone()) {
      return stop(view);
    }
    var actions = new ArrayList<Action>();
    Instant again = Instant.MAX;
    for (ContainerState state : view.containers) {
      boolean needed = state.spec().kind() != Kind.INIT || !(view.begun || state.hasSucceeded());
      if (needed && wantsStart(view, state)) {
        if (state.retryAt().isAfter(view.now)) {
          again = again.isBefore(state.retryAt()) ? again : state.retryAt();
        } else {
          actions.add(new Action.Start(state.spec().name()));
        }
      }
      if (!view.begun && holdsBackOthers(state)) {
        break;
      }
    }
    return new PodPlan(List.copyOf(actions), again);
  }

  private static boolean wantsStart(View view, ContainerState state) {
    return switch (state.now()) {
      case Waiting _ -> true;
      case ContainerState.Running _ -> false;
      case Ended ended ->
          switch (state.spec().kind()) {
            case INIT -> ended.exitCode() != 0;
            case SIDECAR -> true;
            case MAIN -> view.policy.restarts(ended.exitCode());
          };
    };
  }

  /// Init containers run one after the other; a sidecar has to be up before the next.
  private static boolean holdsBackOthers(ContainerState state) {
    return switch (state.spec().kind()) {
      case INIT -> !state.hasSucceeded();
      case SIDECAR -> !state.isUp();
      case MAIN -> false;
    };
  }

  static boolean hasBegun(ContainerState state) {
    return !(state.now() instanceof Waiting) || state.attempt() > 0;
  }

  /// Main containers stop together, then the sidecars one by one, last started first.
  private static PodPlan stop(View view) {
    var actions = new ArrayList<Action>();
    for (ContainerState state : view.containers) {
      if (state.isRunning() && state.spec().kind() != Kind.SIDECAR) {
        actions.add(new Action.Stop(state.spec().name()));
      }
    }
    if (actions.isEmpty()) {
      for (ContainerState state : view.of(Kind.SIDECAR).reversed()) {
        if (state.isRunning()) {
          actions.add(new Action.Stop(state.spec().name()));
          break;
        }
      }
    }
    return new PodPlan(List.copyOf(actions), Instant.MAX);
  }
}
