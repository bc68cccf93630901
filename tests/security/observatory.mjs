// Grades pages of a server on this machine as Mozilla's HTTP Observatory grades sites: the package's own retriever,
// tests and charts, without its list of preloaded sites. node observatory.mjs PACKAGE HTTP_PORT HTTPS_PORT PATH…
import { writeFileSync, existsSync } from "node:fs";

const [folder, httpPort, httpsPort, ...paths] = process.argv.slice(2);
const preloaded = `${folder}/conf/hsts-preload.json`;
if (!existsSync(preloaded)) writeFileSync(preloaded, "{}");
const part = (name) => import(`${folder}/src/${name}.js`);
const [{ retrieve }, { ALL_TESTS }, { MINIMUM_SCORE_FOR_EXTRA_CREDIT }, grader] = await Promise.all(
  ["retriever/retriever", "constants", "grader/charts", "grader/grader"].map(part),
);
for (const path of paths) {
  const retrieved = await retrieve("localhost", { httpPort, httpsPort, path });
  const results = ALL_TESTS.map((test) => test(retrieved)).filter((each) => each.result);
  const modifiers = results.map((each) => grader.getScoreModifier(each.result));
  const sum = (numbers) => numbers.reduce((all, each) => all + each, 100);
  const plain = sum(modifiers.filter((each) => each < 0));
  const score = plain >= MINIMUM_SCORE_FOR_EXTRA_CREDIT ? sum(modifiers) : plain;
  const lost = results.filter((each) => grader.getScoreModifier(each.result) < 0).map((each) => each.result);
  const status = retrieved.responses.auto.status;
  console.log(JSON.stringify({ path, status, ...grader.getGradeForScore(score), lost }));
}
