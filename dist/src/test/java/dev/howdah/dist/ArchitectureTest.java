// SPDX-License-Identifier: Apache-2.0
package dev.howdah.dist;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import org.junit.jupiter.api.Test;

/// What docs/explanation/architecture.md says of the modules, where Maven alone doesn't see to it.
class ArchitectureTest {
  private static final JavaClasses OURS = new ClassFileImporter().importPackages("dev.howdah");

  @Test
  void seesEveryModule() {
    for (var module : new String[] {"core", "apiserver", "podruntime", "instance", "operator"}) {
      assertThat(OURS.stream().anyMatch(c -> c.getPackageName().startsWith("dev.howdah." + module)))
          .as(module)
          .isTrue();
    }
  }

  @Test
  void coreIsPure() {
    noClasses()
        .that()
        .resideInAPackage("dev.howdah.core..")
        .should()
        .dependOnClassesThat()
        .resideOutsideOfPackages(
            "dev.howdah.core..",
            "java.lang..",
            "java.util",
            "java.util.function",
            "java.util.regex",
            "java.util.stream",
            "java.time..",
            "org.jspecify..")
        .orShould()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.lang.Thread")
        .orShould()
        .dependOnClassesThat()
        .haveFullyQualifiedName("java.util.Random")
        .check(OURS);
  }

  @Test
  void theEmbeddedApiServerKnowsNothingOfPostgres() {
    noClasses()
        .that()
        .resideInAPackage("dev.howdah.apiserver..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "dev.howdah.postgres..",
            "dev.howdah.api..",
            "dev.howdah.operator..",
            "dev.howdah.instance..",
            "dev.howdah.podruntime..")
        .check(OURS);
  }

  @Test
  void theProcessRuntimeKnowsPodsOnly() {
    noClasses()
        .that()
        .resideInAPackage("dev.howdah.podruntime..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(
            "dev.howdah.postgres..",
            "dev.howdah.api..",
            "dev.howdah.operator..",
            "dev.howdah.instance..")
        .check(OURS);
  }

  @Test
  void theInstanceManagerCarriesNoModelOfKubernetes() {
    noClasses()
        .that()
        .resideInAPackage("dev.howdah.instance..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.fabric8..", "dev.howdah.api..")
        .check(OURS);
  }

  @Test
  void theOperatorOpensNoConnectionToPostgres() {
    noClasses()
        .that()
        .resideInAPackage("dev.howdah.operator..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("dev.howdah.postgres.wire..", "java.sql..")
        .check(OURS);
  }

  @Test
  void theBackupEngineKnowsNoKubernetes() {
    noClasses()
        .that()
        .resideInAnyPackage("dev.howdah.backup..", "dev.howdah.objectstore..")
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage("io.fabric8..", "dev.howdah.kube..")
        .check(OURS);
  }

  @Test
  void modulesAndTheirRoomsFormNoCircles() {
    for (var rooms :
        new String[] {
          "dev.howdah.(*)..",
          "dev.howdah.core.(*)..",
          "dev.howdah.postgres.(*)..",
          "dev.howdah.apiserver.(*)..",
          "dev.howdah.podruntime.(*).."
        }) {
      slices().matching(rooms).should().beFreeOfCycles().check(OURS);
    }
  }
}
