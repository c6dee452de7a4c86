" Vim syntax file
" Language: Lockstep scenarios (*.scenario)

if exists("b:current_syntax")
  finish
endif

syntax case match
syntax iskeyword @,48-57,_,-
syntax sync minlines=200

" Everywhere.
syntax match   lockstepComment  /\%(^\|\s\)\@<=#.*/ contains=lockstepTodo,@Spell
syntax keyword lockstepTodo     contained TODO FIXME XXX
syntax match   lockstepEscape   contained /\\\%([nrtbf"\/\\]\|x\x\{2}\|u\x\{4}\)/
syntax region  lockstepText     start=/"/ skip=/\\./ end=/"/ oneline contains=lockstepEscape,lockstepAxis
syntax region  lockstepJson     start=/{/ end=/}/ oneline contained contains=lockstepJson,lockstepList,lockstepText,lockstepJsonWord,lockstepNumber
syntax region  lockstepList     start=/\[/ end=/\]/ oneline contained contains=lockstepJson,lockstepList,lockstepText,lockstepJsonWord,lockstepNumber
syntax keyword lockstepJsonWord contained true false null
syntax match   lockstepNumber   contained /\k\@<!-\=\d\+\%(\.\d\+\)\=\>/
syntax match   lockstepTime     contained /+\=\<\d\+\%(\.\d\+\)\=\%(ns\|us\|ms\|s\|m\|h\)\>\%(\.\.\d\+\%(\.\d\+\)\=\%(ns\|us\|ms\|s\|m\|h\)\>\)\=/
syntax match   lockstepAnyTime  contained /^\s\+\zs\*/
syntax match   lockstepArrow    contained /->/
syntax match   lockstepAxis     contained /\$\%(\l[a-z0-9_-]*\|{\l[a-z0-9_-]*}\)/
syntax cluster lockstepValues   contains=lockstepComment,lockstepText,lockstepJson,lockstepList,lockstepTime,lockstepNumber,lockstepArrow,lockstepAxis

" Words that belong to one section only.
syntax keyword lockstepSection       contained covers gateway provider mcp client network expect never sweep waive virtual
syntax keyword lockstepFamily        contained bytes tools ending timeouts cancel session backpressure fairness security routing
syntax keyword lockstepFormat        contained openai anthropic responses gemini bedrock ollama cohere azure openrouter vllm deepseek mistral groq xai
syntax keyword lockstepTransport     contained streamable-http sse stdio
syntax keyword lockstepTurn          contained turn
syntax keyword lockstepProviderVerb  contained text thinking refusal tool usage finish stall end close reset status header head bytes raw comment failure recording pace wait
syntax keyword lockstepProviderWord  contained times in pieces every out cached reasoning
syntax keyword lockstepMcpPart       contained tool resource prompt on page-size announced sessions strangers answers recording more-tools resumable wants shows
syntax keyword lockstepMcpVerb       contained result tool-error error progress log ask and-ask notify announce hang-up stall end close reset exit status bytes wait message header stderr
syntax keyword lockstepLogLevel      contained debug info notice warning error critical alert emergency
syntax keyword lockstepClientVerb    contained ask post get delete raw read pause resume disconnect abort wait terminate initialize call list request notify batch cancel listen reconnect end-session
syntax keyword lockstepRequestOption contained unstreamed key model with no approval over function continued times path meanwhile silent answers-in as modern header without shows
syntax keyword lockstepOptionWord    contained usage tools progress always never
syntax keyword lockstepFault         contained refuse blackhole hesitate slice shred latency bandwidth delay stall reset half-close drop
syntax keyword lockstepFaultWord     contained after for jitter connection
syntax keyword lockstepCheck         contained bytes text chat-grammar tool-calls responses-grammar messages-grammar side-effects time cancel leftovers recovery equivalence no-buffering fairness no-cross-talk mcp-answers mcp-rules error-shape
syntax keyword lockstepSpoken        contained ask post get delete raw terminate close abort
syntax keyword lockstepSpoken        contained text thinking refusal arguments tool usage metadata comment end status error json garbage cut
syntax keyword lockstepSpoken        contained turn finish failure head bytes recording miss stall reset listen resume reconnect revision hang-up endpoint task tasks
syntax keyword lockstepSpoken        contained start discover session initialize initialized list call cancel answer notify request end-session
syntax keyword lockstepSpoken        contained tools result tool-error progress log exit header stderr terminate kill

" Only at the margin: an actor may be called `client`.
syntax match lockstepHead         contained /^\l\+/ contains=lockstepSection
" The first word of a step, behind its time.
syntax match lockstepProviderStep contained /^\s\+\%(+\S\+\s\+\)\=[a-z-]\+/ contains=lockstepTurn,lockstepProviderVerb,lockstepTime,lockstepAxis
syntax match lockstepMcpStep      contained /^\s\+\%(+\S\+\s\+\)\=[a-z-]\+/ contains=lockstepMcpPart,lockstepMcpVerb,lockstepTime,lockstepAxis
syntax match lockstepClientStep   contained /^\s\+\%(+\S\+\s\+\)\=[a-z-]\+/ contains=lockstepClientVerb,lockstepTime,lockstepAxis
syntax match lockstepSetting      contained /^\s\+\zs[a-z][a-z-]*/
syntax match lockstepSweepWord    contained /\<\%(pairs\|every\|byte\|event\|of\|connection\|step\|but\|first\|last\)\>/
syntax match lockstepAxisName     contained /^\s\+\zs[a-z_][a-z0-9_-]*/
" The word behind an arrow says what passes.
syntax match lockstepWay          contained /\S\+\s\+->\s\+\S\+\s*/ nextgroup=lockstepSpoken contains=lockstepArrow
syntax match lockstepLink         contained /\S\+\s\+->\s\+\S\+\s*\%(connection\s\+\d\+\s*\)\=/ nextgroup=lockstepFault contains=lockstepArrow

" A section goes on to the next word at the margin.
syntax region lockstepCovers   keepend start=/^covers\>/   end=/^\ze[^[:blank:]#]/ contains=lockstepHead,lockstepFamily,lockstepComment
syntax region lockstepGateway  keepend start=/^gateway\>/  end=/^\ze[^[:blank:]#]/ contains=lockstepHead,lockstepSetting,@lockstepValues
syntax region lockstepProvider keepend start=/^provider\>/ end=/^\ze[^[:blank:]#]/ contains=lockstepHead,lockstepFormat,lockstepProviderStep,lockstepProviderWord,lockstepWay,@lockstepValues
syntax region lockstepMcp      keepend start=/^mcp\>/      end=/^\ze[^[:blank:]#]/ contains=lockstepHead,lockstepTransport,lockstepMcpStep,lockstepLogLevel,lockstepWay,@lockstepValues
syntax region lockstepClient   keepend start=/^client\>/   end=/^\ze[^[:blank:]#]/ contains=lockstepHead,lockstepClientStep,lockstepRequestOption,lockstepOptionWord,lockstepWay,@lockstepValues
syntax region lockstepNetwork  keepend start=/^network\>/  end=/^\ze[^[:blank:]#]/ contains=lockstepHead,lockstepLink,lockstepFaultWord,@lockstepValues
syntax region lockstepExpect   keepend start=/^expect\>/   end=/^\ze[^[:blank:]#]/ contains=lockstepHead,lockstepExactly,lockstepAnyTime,lockstepWay,@lockstepValues
syntax region lockstepNever    keepend start=/^never\>/    end=/^\ze[^[:blank:]#]/ contains=lockstepHead,lockstepAnyTime,lockstepWay,@lockstepValues
syntax region lockstepSweep    keepend start=/^sweep\>/    end=/^\ze[^[:blank:]#]/ contains=lockstepHead,lockstepAxisName,lockstepSweepWord,@lockstepValues
syntax region lockstepWaive    keepend start=/^waive\>/    end=/^\ze[^[:blank:]#]/ contains=lockstepHead,lockstepCheck,lockstepComment
syntax region lockstepVirtual  keepend start=/^virtual\>/  end=/^\ze[^[:blank:]#]/ contains=lockstepHead,lockstepComment
syntax keyword lockstepExactly contained exactly

highlight default link lockstepComment       Comment
highlight default link lockstepTodo          Todo
highlight default link lockstepSection       Keyword
highlight default link lockstepExactly       Keyword
highlight default link lockstepTurn          Structure
highlight default link lockstepMcpPart       Structure
highlight default link lockstepProviderVerb  Statement
highlight default link lockstepMcpVerb       Statement
highlight default link lockstepClientVerb    Statement
highlight default link lockstepSpoken        Statement
highlight default link lockstepFault         Exception
highlight default link lockstepFamily        Constant
highlight default link lockstepFormat        Type
highlight default link lockstepTransport     Type
highlight default link lockstepCheck         Constant
highlight default link lockstepLogLevel      Constant
highlight default link lockstepProviderWord  Special
highlight default link lockstepRequestOption Special
highlight default link lockstepOptionWord    Special
highlight default link lockstepFaultWord     Special
highlight default link lockstepSweepWord     Special
highlight default link lockstepSetting       Identifier
highlight default link lockstepAxisName      Identifier
highlight default link lockstepAxis          Identifier
highlight default link lockstepTime          Number
highlight default link lockstepAnyTime       Number
highlight default link lockstepNumber        Number
highlight default link lockstepArrow         Operator
highlight default link lockstepText          String
highlight default link lockstepEscape        SpecialChar
highlight default link lockstepJson          Delimiter
highlight default link lockstepList          Delimiter
highlight default link lockstepJsonWord      Boolean

let b:current_syntax = "lockstep"
