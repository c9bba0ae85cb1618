// SPDX-License-Identifier: Apache-2.0
package dev.howdah.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.howdah.api.corpus.Corpus;
import dev.howdah.api.finding.Finding;
import dev.howdah.api.validate.Validation;
import dev.howdah.apiserver.PodBackend;
import dev.howdah.apiserver.ThrowawayServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The corpus on API servers: embedded and, where the system property `corpus.kubeconfig` names
/// one, a real one. What a real one said with the CRDs alone is kept beside the corpus
/// (`-Dgolden.update` together with that property writes it anew), and the embedded one must say
/// the same.
class CorpusIT {
  private static final Path OUTCOMES = Corpus.besides("crd-outcomes.txt");

  @TempDir Path scratch;

  private CorpusServer embedded(ThrowawayServer server) throws IOException {
    return new CorpusServer(server.kubeconfig(), scratch);
  }

  @Test
  void theSchemasAloneRefuseOnTheEmbeddedServerWhatTheyRefuseOnKubernetes() throws IOException {
    try (var server = ThrowawayServer.start();
        var corpus = embedded(server)) {
      String outcomes = outcomes(corpus);
      Files.writeString(Path.of("target/corpus-outcomes.txt"), outcomes); // to compare by eye

      assertThat(outcomes).isEqualTo(Files.readString(OUTCOMES));
    }
  }

  @Test
  void aRealServerSaysTheSame() throws IOException {
    String kubeconfig = System.getProperty("corpus.kubeconfig", "");
    assumeThat(kubeconfig).as("-Dcorpus.kubeconfig names a real cluster").isNotEmpty();
    try (var corpus = new CorpusServer(Path.of(kubeconfig), scratch)) {
      String outcomes = outcomes(corpus);
      if (Boolean.getBoolean("golden.update")) {
        Files.writeString(OUTCOMES, outcomes);
      }

      assertThat(outcomes).isEqualTo(Files.readString(OUTCOMES));
      everyGoodManifestIsAccepted(corpus);
    }
  }

  /// What the schemas and their rules alone say to each broken manifest.
  private static String outcomes(CorpusServer server) {
    return Corpus.invalid().stream()
        .map(broken -> {
          var answer = server.attempt(broken);
          return answer.accepted()
              ? broken + "\n  accepted\n"
              : broken + "\n  refused " + String.join(", ", answer.causes()) + "\n";
        })
        .collect(Collectors.joining("\n"));
  }

  @Test
  void admissionAcceptsEveryGoodManifestAndRefusesEveryBrokenOne() throws IOException {
    var admissions = List.<dev.howdah.apiserver.Admission>of(new KindAdmission("pg:18"));
    try (var server = ThrowawayServer.start(admissions, PodBackend.none());
        var corpus = embedded(server)) {
      everyGoodManifestIsAccepted(corpus);

      var softly = new SoftAssertions();
      for (Corpus.Case broken : Corpus.invalid()) {
        var answer = corpus.attempt(broken);
        softly.assertThat(answer.accepted()).as("%s", broken).isFalse();
      }
      softly.assertAll();
    }
  }

  private static void everyGoodManifestIsAccepted(CorpusServer server) {
    var softly = new SoftAssertions();
    Corpus.valid()
        .forEach((title, manifest) -> {
          var answer = server.create(manifest);
          softly.assertThat(answer.message()).as(title).isEmpty();
        });
    softly.assertAll();
  }

  /// Where the server names a field, so do we, or one around or within it.
  @Test
  void whatTheSchemasRefuseIsWhatHowdahRefuses() throws IOException {
    var softly = new SoftAssertions();
    String[] blocks = Files.readString(OUTCOMES).split("\n\n");
    List<Corpus.Case> cases = Corpus.invalid();
    assertThat(blocks).hasSameSizeAs(cases);
    for (int i = 0; i < blocks.length; i++) {
      Corpus.Case broken = cases.get(i);
      String said = blocks[i].lines().toList().get(1).strip();
      if (said.startsWith("refused ")) {
        var ours = new TreeSet<String>();
        Validation.of(broken.now(), broken.before()).stream()
            .filter(Finding::isError)
            .forEach(finding -> ours.add(finding.path()));
        softly.assertThat(ours).as("%s: %s", broken, said).isNotEmpty();
      }
    }
    softly.assertAll();
  }
}
