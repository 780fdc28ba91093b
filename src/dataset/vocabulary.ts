/** Short common English words; most tokenizers give each one token. */
export const vocabulary: readonly string[] = `
able above across after again air all also animal answer apple area arm around art autumn away baby back bag ball bank
base bath bear bed bell below best bird black blood blue board boat body bone book box boy bread bridge bright brother
brown build burn bus busy butter buy cake call calm camp car card care cat chair chance cheese child church circle city
class clean clear clock cloud coat cold color cook cool copper corn cotton count country cover cow cross cup dance dark
daughter day deep desk dinner dog door down dream dress drink drive dry duck dust ear early earth east egg empty engine
evening every eye face fair fall family far farm father field fire fish flag floor flower food foot forest free fresh
friend fruit full game garden gate girl give glass gold good grass gray great green ground group hair hand happy hard
hat head heart heavy high hill home honey horse hot hour house ice idea iron island job join key king kitchen knife lake
lamp land large late laugh leaf learn left leg letter light line lion list long love low lunch machine map market meal
milk mind mirror money month moon morning mother mountain mouse mouth music name neck new night north nose note
ocean oil old open orange page paint pair paper park part past pen people picture place plain plant plate point poor
port power press price quick quiet race rain red rest rice rich ring river road rock roof room root rose round salt sand
school sea season seed shade sharp sheep ship shirt shoe shop short side silver simple sister sky sleep slow small snow
`
  .trim()
  .split(/\s+/);
